//! Finds libcoap where the feature `libcoap` asks for it.

fn main() {
    println!("cargo:rerun-if-changed=src/codec/libcoap.c");
    #[cfg(feature = "libcoap")]
    libcoap();
}

#[cfg(feature = "libcoap")]
fn libcoap() {
    let ask = |what: &str| {
        let answer =
            std::process::Command::new("pkg-config").args([what, "libcoap-3-notls"]).output();
        let answer = answer.expect("pkg-config tells where libcoap is");
        assert!(answer.status.success(), "libcoap 3 without TLS is not installed: libcoap3-dev");
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    };
    cc::Build::new().file("src/codec/libcoap.c").opt_level(3).compile("wirecheck_libcoap");
    println!("cargo:rustc-link-search=native={}", ask("--variable=libdir"));
    println!("cargo:rustc-link-lib=static=coap-3-notls");
    println!("cargo:rustc-env=LIBCOAP_VERSION={}", ask("--modversion"));
}
