//! The committed files of `deploy/` against what the code would write now.

use groundcrew::deployment::files::files;
use std::{fs, path::Path};

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says that it is to write"
)]
fn the_files_in_deploy_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = files();
    if std::env::var("GROUNDCREW_UPDATE").is_ok() {
        for (path, text) in &files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
    }
    let stale: Vec<&String> = (files.iter())
        .filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    let advice = "run GROUNDCREW_UPDATE=1 cargo test -p groundcrew --test program generated";
    assert!(stale.is_empty(), "{advice}: {stale:?}");

    let roles = fs::read_dir(root.join("deploy/roles")).expect("there are roles");
    for role in roles {
        let name = role
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("UTF-8");
        let path = format!("deploy/roles/{name}");
        assert!(
            files.iter().any(|(known, _)| *known == path),
            "delete {path}: nobody needs it"
        );
    }
}
