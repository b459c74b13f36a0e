//! The committed files of `deploy/`, `simulator/data/`, `shared/events/data/` and
//! `cli/data/` against what the code would write now.

use anyhow::Context;
use groundcrew::generate::{deploy::files, google_data};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Asserts that the committed files are these, after writing them if
/// `GROUNDCREW_UPDATE` is set.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says that it is to write"
)]
fn assert_fresh(files: &[(String, String)]) {
    if std::env::var("GROUNDCREW_UPDATE").is_ok() {
        for (path, text) in files {
            let path = root().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
    }
    let stale: Vec<&String> = (files.iter())
        .filter(|(path, text)| fs::read_to_string(root().join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    let advice = "run GROUNDCREW_UPDATE=1 cargo test -p groundcrew --test program generated";
    assert!(stale.is_empty(), "{advice}: {stale:?}");
}

/// Asserts that the folder has no file but these.
fn assert_nothing_else(folder: &str, files: &[(String, String)]) {
    for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name();
        let path = format!("{folder}/{}", name.into_string().expect("UTF-8"));
        assert!(
            files.iter().any(|(known, _)| *known == path),
            "delete {path}: nobody needs it"
        );
    }
}

#[test]
fn the_files_in_deploy_are_fresh() {
    let files = files();
    assert_fresh(&files);
    assert_nothing_else("deploy/roles", &files);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "Google's documents are not part of the project"
)]
fn the_files_of_googles_data_are_fresh() {
    let Ok(shared) = std::env::var("GROUNDCREW_SHARED") else {
        println!("GROUNDCREW_SHARED is not set: Google's data were not compared");
        return;
    };
    let read = |path: &str| {
        let path = Path::new(&shared).join(path);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let files = google_data(read).expect("all is in Google's documents");
    assert_fresh(&files);
    assert_nothing_else("simulator/data/discovery", &files);
}
