//! Decodes and encodes the same packets with our codec and with others, in one process, and prints
//! one table per case; and counts which of them judge packets right.

mod codec;
mod fold;
mod input;
mod judge;
mod work;

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Instant;

use input::{Case, cases};
use work::{Work, works};

const ROUNDS: usize = 60;
const PASSES: usize = 10;

const USAGE: &str = "usage: wirecheck-bench [--no-instructions | judge]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] | ["--no-instructions"] => {
            compare(arguments.is_empty() && valgrind_is_here());
            if !judge::judge() {
                return ExitCode::FAILURE;
            }
        }
        ["judge"] if judge::judge() => {}
        ["judge"] => return ExitCode::FAILURE,
        ["once", case, what, codec, passes] => return once(case, what, codec, passes),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn compare(count_instructions: bool) {
    for case in cases() {
        table(&case, DECODE, count_instructions);
        if case.encode {
            table(&case, ENCODE, count_instructions);
        }
    }
}

const DECODE: &str = "decode";
const ENCODE: &str = "encode";

fn table(case: &Case, what: &str, count_instructions: bool) {
    let stream = case.stream();
    let mut works = works(case, &stream, what == ENCODE);
    let ours = works[0].sum();
    let mut left_out = Vec::new();
    // Codecs that read the same add up to the same, and so do those that write the same.
    works.retain_mut(|work| {
        let sum = work.sum();
        let same = sum.is_none() || sum == ours;
        assert!(same || what == ENCODE, "{} reads something else in {}", work.name(), case.name);
        if !same {
            left_out.push(work.name());
        }
        same
    });
    let count = case.packets.len();
    let times = measure(&mut works, count);
    let bytes = case.packets.iter().map(Vec::len).sum::<usize>() as f64 / count as f64;
    println!("\n### {what} {} ({count} packets, {bytes:.0} bytes on average)\n", case.name);
    println!("| codec | time | ns | instructions | allocations |");
    println!("|---|---:|---:|---:|---:|");
    for (work, own) in works.iter_mut().zip(&times) {
        let ratio = median(own.iter().zip(&times[0]).map(|(own, ours)| own / ours).collect());
        let nanoseconds = own.iter().copied().fold(f64::INFINITY, f64::min);
        let name = work.name();
        let instructions = if count_instructions { instructions(case, what, name) } else { None };
        let instructions = instructions.map_or("-".to_string(), |count| format!("{count:.0}"));
        // The counter knows of those of Rust alone.
        let counted = !codec::IN_C.iter().any(|library| name.starts_with(library));
        let allocations = counted.then(|| allocations(&mut **work, count));
        let allocations = allocations.map_or("-".to_string(), |count| format!("{count:.2}"));
        println!("| {name} | {ratio:.2} | {nanoseconds:.1} | {instructions} | {allocations} |");
    }
    for name in left_out {
        println!("\n{name} writes other bytes and is left out.");
    }
}

/// Nanoseconds per packet: of each codec, of each round. In a round all codecs take turns, and the
/// one that goes first changes.
fn measure(works: &mut [Box<dyn Work + '_>], count: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(ROUNDS); works.len()];
    for round in 0..ROUNDS {
        for turn in 0..works.len() {
            let index = (round + turn) % works.len();
            let work = &mut works[index];
            let mut nanoseconds = 0;
            // The first pass only warms the caches.
            for pass in 0..=PASSES {
                work.fill();
                let start = Instant::now();
                black_box(work.pass());
                let elapsed = start.elapsed().as_nanos();
                nanoseconds += if pass == 0 { 0 } else { elapsed };
            }
            times[index].push(nanoseconds as f64 / (PASSES * count) as f64);
        }
    }
    times
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn allocations(work: &mut dyn Work, count: usize) -> f64 {
    work.fill();
    let info = allocation_counter::measure(|| {
        black_box(work.pass());
    });
    info.count_total as f64 / count as f64
}

fn valgrind_is_here() -> bool {
    let found = Command::new("valgrind").arg("--version").output().is_ok();
    if !found {
        eprintln!("valgrind is not installed: instructions are not counted");
    }
    found
}

/// Instructions per packet, from two runs that differ in nothing but the number of passes.
fn instructions(case: &Case, what: &str, codec: &str) -> Option<f64> {
    let few = collected(case.name, what, codec, 2)?;
    let many = collected(case.name, what, codec, ONCE)?;
    Some((many - few) / ((ONCE - 2) * case.packets.len()) as f64)
}

fn collected(case: &str, what: &str, codec: &str, passes: usize) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args(["once", case, what, codec, &passes.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = text.lines().find_map(|line| line.split_once("Collected :"))?.1;
    count.trim().parse().ok()
}

/// How often `once` fills the buffers, and the most passes it makes.
const ONCE: usize = 12;

fn once(case: &str, what: &str, codec: &str, passes: &str) -> ExitCode {
    let (Some(case), Ok(passes @ ..=ONCE)) =
        (cases().into_iter().find(|found| found.name == case), passes.parse())
    else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let stream = case.stream();
    let mut works = works(&case, &stream, what == ENCODE);
    let Some(work) = works.iter_mut().find(|work| work.name() == codec) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    for pass in 0..ONCE {
        work.fill();
        if pass < passes {
            black_box(work.pass());
        }
    }
    ExitCode::SUCCESS
}
