//! Compiles the protocol definitions; in Rust throughout, so that nobody needs a `protoc`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let definitions = protox::compile(["tfplugin6.proto", "plugin.proto", "health.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .build_transport(false)
        // What a server does not implement answers "unimplemented", which Terraform knows how to take.
        .generate_default_stubs(true)
        // States pass through without a copy.
        .bytes(".")
        // Sorted, so that dumps of a schema can be compared.
        .btree_map(".")
        .compile_fds(definitions)?;
    Ok(())
}
