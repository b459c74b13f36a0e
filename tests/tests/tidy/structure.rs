//! How files use each other, and how often a type name is defined.

use super::{circles, members, none, parts, rust};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn files_of_a_crate_do_not_import_each_other_in_circles() {
    let mut faults = Vec::new();
    for member in members() {
        let source = format!("{}/src/", member.folder);
        let inside = |(path, text): (String, String)| {
            let path = path.strip_prefix(&source)?.to_owned();
            Some((path, text))
        };
        let files: Vec<_> = rust().filter_map(inside).collect();
        for circle in circles::circles(&files) {
            faults.push(format!("{}: {}", member.name, circle.join(", ")));
        }
    }
    none(
        &faults,
        "Move what both need into a file of its own, so that each can be read after those it uses:",
    );
}

/// Type names that are defined more than once in `shared/`, and why.
const DEFINED_TWICE: [(&str, &str); 13] = [
    (
        "Budget",
        "as desired in plan, as a field of a product's spec",
    ),
    (
        "CryptoKey",
        "Google's resource: as read in gcp, as desired in plan",
    ),
    (
        "Deployment",
        "groundcrew's own, and the ledger's record of a project's",
    ),
    ("Error", "one per crate, named with its crate"),
    ("Flow", "one per flow, named with its crate"),
    ("Identity", "of the job flow, and of the whole deployment"),
    ("Object", "Google's resource"),
    (
        "Project",
        "Google's resource: as read in gcp, as desired in plan",
    ),
    ("ServiceAccount", "Google's resource"),
    ("Settings", "one per crate, named with its crate"),
    ("Spec", "one per flow, named with its crate"),
    ("SpecError", "one per flow, named with its crate"),
    ("Sweep", "one per flow, named with its crate"),
];

#[test]
fn no_type_name_is_defined_twice_in_shared() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in rust() {
        let is_test = |part: &str| part == "tests" || part.ends_with("_tests");
        if !path.starts_with("shared/") || !path.contains("/src/") || parts(&path).any(is_test) {
            continue;
        }
        let code = text.lines().take_while(|line| *line != "mod tests {");
        for line in code {
            let item = line
                .trim_start()
                .strip_prefix("pub")
                .unwrap_or_else(|| line.trim_start());
            let item = item
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(") "))
                .map_or(item, |(_, item)| item);
            let name = ["struct ", "enum ", "trait ", "union "]
                .iter()
                .find_map(|kind| item.trim_start().strip_prefix(kind))
                // An associated type is indented; an alias is not.
                .or_else(|| item.strip_prefix(if line == item { "type " } else { " type " }));
            let end = |c: char| !c.is_alphanumeric();
            let name = name.and_then(|name| name.split(end).next());
            // A macro's `struct $name` has none.
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                places
                    .entry(name.to_owned())
                    .or_default()
                    .insert(path.clone());
            }
        }
    }
    assert!(places.len() > 150, "found only {} types", places.len());
    let allowed = |name: &str| DEFINED_TWICE.iter().any(|(allowed, _)| *allowed == name);
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    let faults: Vec<String> = twice
        .iter()
        .filter(|(name, _)| !allowed(name))
        .map(|(name, files)| {
            format!(
                "{name}: {}",
                files.iter().cloned().collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    none(
        &faults,
        "Give each its own name, or add it to `DEFINED_TWICE` with the reason:",
    );
    for (name, _) in DEFINED_TWICE {
        let is_twice = twice.iter().any(|(twice, _)| *twice == name);
        assert!(
            is_twice,
            "{name} is defined once: take it out of `DEFINED_TWICE`"
        );
    }
}
