//! Has the crate rebuilt when a file joins or leaves the folders that are embedded in it.

fn main() {
    println!("cargo::rerun-if-changed=cases");
}
