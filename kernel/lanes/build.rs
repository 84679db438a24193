//! The 512-bit intrinsics are stable from Rust 1.89 on; older compilers build without them.

use std::process::Command;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(has_avx512)");
    println!("cargo:rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // "rustc 1.89.0 (...)"
    let minor = text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor >= 89) {
        println!("cargo:rustc-cfg=has_avx512");
    }
}
