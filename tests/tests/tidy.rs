//! The workspace's own rules, checked over its manifests and its source.
//!
//! docs/architecture.md names the test that checks each invariant.

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/structure.rs"]
mod structure;

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The root of the repository.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("this crate lies in the workspace")
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A crate of the workspace.
struct Member {
    name: String,
    /// Its folder, from the root.
    folder: String,
    /// Each dependency's name, and whether only its tests need it.
    needs: Vec<(String, bool)>,
}

fn members() -> Vec<Member> {
    let text = cargo(&[
        "metadata",
        "--offline",
        "--no-deps",
        "--format-version",
        "1",
    ]);
    let metadata: Value = serde_json::from_str(&text).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let member = |package: &Value| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder = manifest.parent().and_then(|f| f.strip_prefix(root()).ok());
        let needs = package["dependencies"].as_array().expect("dependencies");
        Member {
            name: text(&package["name"]),
            folder: folder.expect("in the workspace").display().to_string(),
            needs: needs
                .iter()
                .map(|need| (text(&need["name"]), need["kind"] == "dev"))
                .collect(),
        }
    };
    packages.iter().map(member).collect()
}

/// Every file of the repository: its path from the root, and its text.
fn files() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && ![".ci", ".clippy.toml"].contains(&&*name);
            if hidden || name.starts_with("target") {
                continue;
            }
            let path = entry.path();
            if entry.file_type().expect("a type").is_dir() {
                walk(&path, files);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).expect("below the root");
                files.push((path.display().to_string(), text));
            }
        }
    }
    let mut files = Vec::new();
    walk(root(), &mut files);
    assert!(files.len() > 100, "found only {} files", files.len());
    files.sort();
    files
}

fn rust() -> impl Iterator<Item = (String, String)> {
    files()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
}

/// The names of a path's folders and of the file, without its extension.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.strip_suffix(".rs").unwrap_or(path).split('/')
}

fn none(faults: &[String], advice: &str) {
    assert!(faults.is_empty(), "{advice}\n  {}", faults.join("\n  "));
}

const FLOWS: [&str; 4] = ["account", "jobs", "product", "rollout"];

/// What a crate of ours may import of ours; `None` if everything.
fn may_import(member: &Member) -> Option<Vec<&str>> {
    let list = match member.name.as_str() {
        "groundcrew" | "tests" => return None,
        "names" => vec![],
        "events" | "gcp" | "simulator" => vec!["names"],
        "explain" | "ledger" | "plan" | "publish" => vec!["gcp", "names"],
        "deployment" => vec![
            "account", "agent", "gcp", "jobs", "ledger", "names", "plan", "product",
        ],
        "agent" | "runtime" => vec!["events", "gcp", "names"],
        "bench" => vec!["events", "gcp", "names", "runtime"],
        flow if FLOWS.contains(&flow) => vec!["events", "gcp", "ledger", "names", "plan"],
        // A function's binary is a package of its own: docs/adr/0010.
        binary if let Some(function) = binary.strip_suffix("-bin") => {
            let own = member.folder == format!("functions/{function}/bin");
            assert!(own, "{binary} is not in functions/{function}/bin");
            [&FLOWS[..], &[function, "publish", "runtime"]].concat()
        }
        _ if member.folder.starts_with("functions/") => {
            [&FLOWS[..], &["events", "gcp", "ledger", "names", "runtime"]].concat()
        }
        unknown => {
            panic!("who may {unknown} import? Say so in `may_import`, and in docs/architecture.md")
        }
    };
    Some(list)
}

/// Crates whose own tests run on the simulator (docs/adr/0008).
const ON_THE_SIMULATOR: [&str; 4] = ["account", "deployment", "plan", "product"];

#[test]
fn crates_import_only_what_their_layer_may() {
    let members = members();
    let ours: BTreeSet<&str> = members.iter().map(|m| m.name.as_str()).collect();
    let mut faults = Vec::new();
    for member in &members {
        let Some(allowed) = may_import(member) else {
            continue;
        };
        let is_tested_on = |need: &str, dev: bool| {
            dev && need == "simulator" && ON_THE_SIMULATOR.contains(&&*member.name)
        };
        for (need, _) in member
            .needs
            .iter()
            .filter(|(need, dev)| ours.contains(need.as_str()) && !is_tested_on(need, *dev))
        {
            if !allowed.contains(&need.as_str()) {
                faults.push(format!("{} imports {need}", member.name));
            }
        }
    }
    none(
        &faults,
        "Take the import out, or argue for it in docs/adr and widen `may_import`:",
    );
}

#[test]
fn the_simulator_never_imports_gcp() {
    let members = members();
    let simulator = members
        .iter()
        .find(|m| m.name == "simulator")
        .expect("there is one");
    let ours = members.iter().map(|m| &m.name);
    let imported: Vec<&String> = ours
        .filter(|name| simulator.needs.iter().any(|(need, _)| need == *name))
        .collect();
    assert_eq!(
        imported,
        ["names"],
        "a client tested against its own types agrees with itself: write the simulator's own (docs/adr/0003-independent-simulator.md)"
    );
}

#[test]
fn names_and_events_are_pure_crates() {
    let mut faults = Vec::new();
    for pure in ["names", "events"] {
        let tree = cargo(&[
            "tree",
            "--offline",
            "-p",
            pure,
            "-e",
            "normal",
            "--prefix",
            "none",
        ]);
        for line in tree.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            if ["tokio", "reqwest", "hyper", "actix", "rand"]
                .iter()
                .any(|io| name.starts_with(io))
            {
                faults.push(format!("{pure} needs {name}"));
            }
        }
    }
    none(&faults, "Move what needs it out of the pure crate:");
}

/// Who may depend on a crate; its tests and the crate `tests` may anyhow.
const ONLY_IN: [(&str, &[&str]); 8] = [
    ("actix-web", &["runtime"]),
    ("anyhow", &["groundcrew"]),
    ("axum", &["simulator"]),
    ("envy", &["runtime", "agent"]),
    ("google-cloud-auth", &["gcp", "publish"]),
    ("google-cloud-pubsub", &["publish"]),
    ("reqwest", &["gcp"]),
    ("tonic", &["simulator"]),
];

#[test]
fn each_seam_is_in_one_crate() {
    let mut faults = Vec::new();
    for member in members().iter().filter(|m| m.name != "tests") {
        for (need, _) in member.needs.iter().filter(|(_, dev)| !dev) {
            let owners = ONLY_IN
                .iter()
                .find(|(name, _)| name == need)
                .map(|(_, owners)| owners);
            if owners.is_some_and(|owners| !owners.contains(&member.name.as_str())) {
                faults.push(format!("{} depends on {need}", member.name));
            }
        }
    }
    none(&faults, "Use the crate that wraps it (see `ONLY_IN`):");
}

#[test]
fn only_the_functions_binaries_link_googles_pubsub_client() {
    let mut faults = Vec::new();
    for member in members() {
        let tree = cargo(&[
            "tree",
            "--offline",
            "-p",
            &member.name,
            "-e",
            "normal",
            "--prefix",
            "none",
        ]);
        let links = tree.lines().any(|l| l.starts_with("google-cloud-pubsub "));
        let binary = member.name.ends_with("-bin");
        if links != (binary || ["publish", "tests"].contains(&&*member.name)) {
            faults.push(member.name);
        }
    }
    none(
        &faults,
        "Publish by `gcp::RestPublisher`; only a function's binary has `publish::pubsub`:",
    );
}

/// Tests that `cargo test` leaves out, each with the script that runs it.
const RUN_BY_NAME: [(&str, &str); 1] = [("emulators", ".ci/wide")];

#[test]
fn tests_that_cargo_test_leaves_out_run_in_ci() {
    let text = cargo(&[
        "metadata",
        "--offline",
        "--no-deps",
        "--format-version",
        "1",
    ]);
    let metadata: Value = serde_json::from_str(&text).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let targets = packages
        .iter()
        .flat_map(|package| package["targets"].as_array().expect("targets"));
    let left_out: Vec<&str> = targets
        .filter(|target| target["kind"][0] == "test" && target["test"] == false)
        .filter_map(|target| target["name"].as_str())
        .collect();
    assert_eq!(left_out, RUN_BY_NAME.map(|(test, _)| test));
    for (test, script) in RUN_BY_NAME {
        let script = fs::read_to_string(root().join(script)).expect("a script");
        assert!(script.contains(&format!("--test {test}")), "{test}");
    }
    let run = fs::read_to_string(root().join(".ci/run")).expect("a script");
    assert!(run.contains(".ci/wide --short"), "{run}");
}

/// Files, and folders of files, that decide and do not act.
const PURE: [&str; 15] = [
    "analysis",
    "decide",
    "diff",
    "grant",
    "hardware",
    "manifest",
    "owner",
    "permissions",
    "placement",
    "plan",
    "record_changes",
    "refusal",
    "retry_budget",
    "revocation",
    "roles",
];
const IMPURE: [&str; 11] = [
    "tokio::",
    "reqwest",
    "actix",
    "SystemTime",
    "Instant::now",
    "env::",
    "rand::",
    "new_v4",
    "std::fs",
    ".await",
    "async ",
];

#[test]
fn decision_code_is_pure() {
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for (path, text) in rust() {
        // The crate `plan` is the engine; in it, too, only some files are pure.
        let inside = path.strip_prefix("shared/plan/").unwrap_or(&path);
        let Some(pure) = parts(inside).find(|part| PURE.contains(part)) else {
            continue;
        };
        seen.insert(pure.to_owned());
        let code = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            // `rand::` is not in `Operand::`.
            let has = |word: &str| {
                line.match_indices(word)
                    .any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric))
            };
            if let Some(word) = IMPURE.iter().find(|word| has(word)) {
                faults.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    for expected in ["decide", "placement", "roles"] {
        assert!(
            seen.contains(expected),
            "no file is called {expected} any more: correct `PURE`"
        );
    }
    none(
        &faults,
        "Make it an argument, or move it to the shell that performs what is decided:",
    );
}

#[test]
fn no_module_is_called_util_common_helper_manager_or_service() {
    const EMPTY_WORDS: [&str; 8] = [
        "util", "utils", "common", "helper", "helpers", "manager", "managers", "service",
    ];
    let mut faults = Vec::new();
    for (path, text) in rust() {
        let inline = text.lines().filter_map(|line| {
            line.trim()
                .strip_suffix('{')?
                .trim_end()
                .rsplit_once("mod ")
                .map(|(_, name)| name)
        });
        for name in parts(&path)
            .chain(inline)
            .filter(|name| EMPTY_WORDS.contains(name))
        {
            faults.push(format!("{path}: {name}"));
        }
    }
    none(&faults, "Name the module after what is in it:");
}

#[test]
fn files_are_short() {
    const MOST: usize = 500;
    let mut faults = Vec::new();
    for (path, text) in rust() {
        let is_test = |part: &str| part == "tests" || part.ends_with("_tests");
        if parts(&path).any(is_test) {
            continue;
        }
        let lines = text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .count();
        if lines > MOST {
            faults.push(format!("{path}: {lines} lines"));
        }
    }
    none(
        &faults,
        "Split what has more than one concept (500 lines at the most, 300 at best):",
    );
}

#[test]
fn no_test_is_skipped() {
    let attribute = concat!("#[ign", "ore");
    let skipping = rust()
        .filter(|(_, text)| text.contains(attribute))
        .map(|(path, _)| path);
    none(
        &skipping.collect::<Vec<_>>(),
        "Make the test pass, or say in it what it lacks and return:",
    );
}

#[test]
fn every_crate_has_the_workspaces_lints() {
    let mut faults = Vec::new();
    for member in members() {
        let manifest = root().join(&member.folder).join("Cargo.toml");
        let text = fs::read_to_string(manifest).expect("a manifest");
        if !text.contains("[lints]\nworkspace = true\n") {
            faults.push(member.folder);
        }
    }
    none(&faults, "Add to Cargo.toml: [lints] workspace = true");
}

#[test]
fn the_readme_starts_with_two_commands() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README.md");
    for command in ["cargo run -- tour", "cargo test"] {
        let is_there = readme.lines().any(|line| line.trim() == command);
        assert!(is_there, "README.md must have the line `{command}`");
    }
}

#[test]
fn no_file_contains_a_developers_paths() {
    let mut faults = Vec::new();
    for (path, text) in files() {
        for place in [concat!("/wo", "rk/"), concat!("/ho", "me/")] {
            if text.contains(place) {
                faults.push(format!("{path}: {place}"));
            }
        }
    }
    none(
        &faults,
        "Use a path from the root of the repository, or a variable:",
    );
}

#[test]
fn every_invariant_names_the_test_that_checks_it() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("a map");
    let paragraphs = text
        .split("\n\n")
        .filter(|p| p.starts_with("**Invariant:**"));
    let mut found = 0;
    for paragraph in paragraphs {
        // Every second piece is between backquotes: `path::test`.
        let quoted: Vec<&str> = paragraph.split('`').skip(1).step_by(2).collect();
        let mut tests = quoted.iter().filter_map(|q| q.split_once(".rs::"));
        let (file, test) = tests
            .next()
            .unwrap_or_else(|| panic!("no test is named: {paragraph}"));
        let source = fs::read_to_string(root().join(format!("{file}.rs")));
        let there = source.is_ok_and(|text| text.contains(&format!("fn {test}(")));
        assert!(
            there,
            "{file}.rs has no test {test}: correct docs/architecture.md"
        );
        found += 1;
    }
    assert!(
        found >= 10,
        "docs/architecture.md has only {found} invariants"
    );
}
