//! Decodes and judges a recording, beside bare iteration and tshark, and prints one table.

mod mix;

use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use pcap_file::pcap::PcapReader;
use wirecheck::capture::{Reader, Recording};

const USAGE: &str = "usage: wirecheck-replay-bench [MEGABYTES]";
const ROUNDS: usize = 3;
/// How much of the recording tshark reads.
const TSHARK_BYTES: u64 = 20_000_000;
const FLOWS: usize = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => compare(500),
        ["memory", file] => memory(Path::new(file)),
        [megabytes] => match megabytes.parse() {
            Ok(megabytes) => compare(megabytes),
            Err(_) => Err(USAGE.to_owned()),
        },
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(megabytes: u64) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("mix.pcap");
    let bytes = mix::mixed(&file, megabytes * 1_000_000)?;
    let works: [(&str, fn(&Path) -> Result<u64, String>); 3] = [
        ("pcap-file, iteration", theirs),
        ("ours, iteration", frames),
        ("ours, decoded and judged", judged),
    ];
    let mut best = [Duration::MAX; 3];
    let mut counts = [0; 3];
    for _ in 0..ROUNDS {
        for ((best, count), (_, work)) in best.iter_mut().zip(&mut counts).zip(works) {
            let begin = Instant::now();
            *count = work(&file)?;
            *best = begin.elapsed().min(*best);
        }
    }
    println!("{} MB, {} frames, {} messages", bytes / 1_000_000, counts[1], counts[2]);
    if counts[0] != counts[1] {
        return Err("the two iterations do not agree".to_owned());
    }
    let ours = speed(bytes, best[2]);
    for ((name, _), best) in works.iter().zip(best) {
        let speed = speed(bytes, best);
        println!("{name:26} {speed:8.0} MB/s   {:6.2} times ours", speed / ours);
    }
    match tshark(&file, folder.path())? {
        None => println!("tshark is not installed"),
        Some(speed) => {
            println!("{:26} {speed:8.1} MB/s   {:6.2} times ours", "tshark", speed / ours);
        }
    }
    let open = folder.path().join("open.pcap");
    mix::open_flows(&open, FLOWS)?;
    println!(
        "largest resident set: {} for the mix, {} with {FLOWS} connections open",
        peak(&file)?,
        peak(&open)?
    );
    Ok(())
}

fn speed(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

/// Frames, by the other reader.
fn theirs(file: &Path) -> Result<u64, String> {
    let file = File::open(file).map_err(|error| error.to_string())?;
    let mut reader = PcapReader::new(file).map_err(|error| error.to_string())?;
    let mut count = 0;
    while let Some(packet) = reader.next_raw_packet() {
        packet.map_err(|error| error.to_string())?;
        count += 1;
    }
    Ok(count)
}

fn frames(file: &Path) -> Result<u64, String> {
    let mut reader = Reader::open(file)?;
    while reader.next_frame().is_some() {}
    Ok(reader.frames())
}

/// Messages, each of which was judged.
fn judged(file: &Path) -> Result<u64, String> {
    let mut reader = Reader::open(file)?;
    let mut recording = Recording::new(&[], None);
    while let Some(frame) = reader.next_frame() {
        recording.frame(&frame);
    }
    Ok(recording.end().counts.values().map(|(right, wrong)| right + wrong).sum())
}

/// MB/s of tshark over the beginning of the file; `None` if there is none.
fn tshark(file: &Path, folder: &Path) -> Result<Option<f64>, String> {
    let part = folder.join("part.pcap");
    let mut bytes = Vec::new();
    let whole = File::open(file).map_err(|error| error.to_string())?;
    let mut whole = BufReader::new(whole).take(TSHARK_BYTES);
    whole.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    File::create(&part)
        .and_then(|mut it| it.write_all(&bytes))
        .map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let mut command = Command::new("tshark");
    command.arg("-n").arg("-r").arg(&part).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Err(_) => Ok(None),
        // The last record is cut short, which it does not like.
        Ok(_) => Ok(Some(speed(bytes.len() as u64, begin.elapsed()))),
    }
}

/// The largest resident set of a process that judges the file.
fn peak(file: &Path) -> Result<String, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(this).arg("memory").arg(file).output();
    let output = output.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn memory(file: &Path) -> Result<(), String> {
    judged(file)?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", line.map_or("unknown", str::trim));
    Ok(())
}
