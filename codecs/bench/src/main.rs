//! Decodes the same packets with our codec and with others, in one process, and prints one table
//! per case.

mod codec;
mod fold;
mod input;

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Instant;

use codec::{Codec, codecs};
use input::{COUNT, Case, cases};

const ROUNDS: usize = 60;
const PASSES: usize = 10;

const USAGE: &str = "usage: wirecheck-bench [--no-instructions]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(valgrind_is_here()),
        ["--no-instructions"] => compare(false),
        ["once", case, codec, passes] => return once(case, codec, passes),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn compare(count_instructions: bool) {
    for case in cases() {
        let codecs = codecs_for(&case);
        same_sums(&case, &codecs);
        let times = measure(&case, &codecs);
        let bytes = case.stream().len() as f64 / COUNT as f64;
        println!("\n### {} ({COUNT} packets, {bytes:.0} bytes on average)\n", case.name);
        println!("| codec | time | ns | instructions | allocations |");
        println!("|---|---:|---:|---:|---:|");
        for (codec, own) in codecs.iter().zip(&times) {
            let ratio = median(own.iter().zip(&times[0]).map(|(own, ours)| own / ours).collect());
            let nanoseconds = own.iter().copied().fold(f64::INFINITY, f64::min);
            let instructions =
                if count_instructions { instructions(&case, &**codec) } else { None };
            let instructions = instructions.map_or("-".to_string(), |count| format!("{count:.0}"));
            let allocations = allocations(&case, &**codec);
            println!(
                "| {} | {ratio:.2} | {nanoseconds:.1} | {instructions} | {allocations:.2} |",
                codec.name()
            );
        }
    }
}

fn codecs_for(case: &Case) -> Vec<Box<dyn Codec>> {
    codecs().into_iter().filter(|codec| codec.traffic() == case.traffic).collect()
}

/// Codecs that read the same out of a packet add up to the same.
fn same_sums(case: &Case, codecs: &[Box<dyn Codec>]) {
    let sum = |codec: &dyn Codec| {
        codec.fill(&case.stream());
        codec.pass(&case.packets)
    };
    for codec in codecs {
        assert_eq!(sum(&**codec), sum(&*codecs[0]), "{} of {}", codec.name(), case.name);
    }
}

/// Nanoseconds per packet: of each codec, of each round. In a round all codecs take turns, and the
/// one that goes first changes.
fn measure(case: &Case, codecs: &[Box<dyn Codec>]) -> Vec<Vec<f64>> {
    let stream = case.stream();
    let mut times = vec![Vec::with_capacity(ROUNDS); codecs.len()];
    for round in 0..ROUNDS {
        for turn in 0..codecs.len() {
            let index = (round + turn) % codecs.len();
            let codec = &codecs[index];
            let mut nanoseconds = 0;
            // The first pass only warms the caches.
            for pass in 0..=PASSES {
                codec.fill(&stream);
                let start = Instant::now();
                black_box(codec.pass(&case.packets));
                let elapsed = start.elapsed().as_nanos();
                nanoseconds += if pass == 0 { 0 } else { elapsed };
            }
            times[index].push(nanoseconds as f64 / (PASSES * COUNT) as f64);
        }
    }
    times
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn allocations(case: &Case, codec: &dyn Codec) -> f64 {
    codec.fill(&case.stream());
    let info = allocation_counter::measure(|| {
        black_box(codec.pass(&case.packets));
    });
    info.count_total as f64 / COUNT as f64
}

fn valgrind_is_here() -> bool {
    let found = Command::new("valgrind").arg("--version").output().is_ok();
    if !found {
        eprintln!("valgrind is not installed: instructions are not counted");
    }
    found
}

/// Instructions per packet, from two runs that differ in nothing but the number of passes.
fn instructions(case: &Case, codec: &dyn Codec) -> Option<f64> {
    let few = collected(case, codec, 2)?;
    let many = collected(case, codec, ONCE)?;
    Some((many - few) / ((ONCE - 2) * COUNT) as f64)
}

fn collected(case: &Case, codec: &dyn Codec, passes: usize) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args(["once", case.name, codec.name(), &passes.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = text.lines().find_map(|line| line.split_once("Collected :"))?.1;
    count.trim().parse().ok()
}

/// How often `once` fills the buffers, and the most passes it makes.
const ONCE: usize = 12;

fn once(case: &str, codec: &str, passes: &str) -> ExitCode {
    let case = cases().into_iter().find(|found| found.name == case);
    let codec = case
        .as_ref()
        .and_then(|case| codecs_for(case).into_iter().find(|found| found.name() == codec));
    let (Some(case), Some(codec), Ok(passes @ ..=ONCE)) = (case, codec, passes.parse()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let stream = case.stream();
    for pass in 0..ONCE {
        codec.fill(&stream);
        if pass < passes {
            black_box(codec.pass(&case.packets));
        }
    }
    ExitCode::SUCCESS
}
