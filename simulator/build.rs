//! Generates the list of the files in `data/discovery`.

use std::{env, fmt::Write, fs, io, path::Path};

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo says where to write in a variable"
)]
fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/discovery");
    println!("cargo:rerun-if-changed={}", folder.display());
    let files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        writeln!(
            list,
            "({name:?}, include_str!({:?})),",
            file.display().to_string()
        )
        .expect("writing to a string");
    }
    list.push_str("]\n");
    fs::write(
        Path::new(&env::var("OUT_DIR").expect("set by Cargo")).join("documents.rs"),
        list,
    )
}
