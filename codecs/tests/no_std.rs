//! The codecs build and link without a standard library.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

fn rustc(arguments: &[&str]) {
    let program = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let common = ["--edition", "2024", "-C", "panic=abort", "--cap-lints", "allow"];
    let output = Command::new(program).args(common).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rustc {arguments:?}: {said}");
}

#[test]
fn builds_and_links_without_std() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = out.join("libwirecheck_codecs.rlib");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let source = path(&here.join("src/lib.rs"));
    let name = ["--crate-name", "wirecheck_codecs", "--crate-type", "rlib"];
    rustc(&[&name[..], &[&source, "-o", &path(&library)]].concat());
    let device = path(&here.join("tests/device/device.rs"));
    let codecs = format!("wirecheck_codecs={}", path(&library));
    let archive = path(&out.join("libdevice.a"));
    rustc(&["--crate-type", "staticlib", &device, "--extern", &codecs, "-o", &archive]);
}
