//! The table of predefined roles.

use super::json::{Object, lines};
use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Source {
    source: String,
    permissions: Vec<String>,
    roles: BTreeMap<String, Role>,
}

#[derive(Deserialize)]
struct Role {
    title: String,
    stage: String,
    /// Indices into the permissions of the source.
    permissions: Vec<usize>,
}

/// The table: the permissions of all roles, sorted, and of each role its title,
/// its stage, and its permissions as the first and last index of each run.
///
/// # Errors
/// `source` is not such data, or permissions in it are not sorted.
pub(super) fn table(source: &str) -> Result<String> {
    let source: Source = serde_json::from_str(source)?;
    let names = &source.permissions;
    ensure!(names.is_sorted(), "the permissions are not sorted");
    let permissions = names
        .iter()
        .map(|name| Value::from(name.as_str()).to_string());
    let roles = source.roles.iter().map(|(name, role)| {
        let mut kept = Object::default();
        kept.add("title", Value::from(role.title.as_str()).to_string());
        kept.add("stage", Value::from(role.stage.as_str()).to_string());
        kept.add("permissions", json!(runs(&role.permissions)).to_string());
        (name, kept.line())
    });
    for (name, Role { permissions, .. }) in &source.roles {
        ensure!(permissions.is_sorted(), "{name}: not sorted");
        let last = permissions.last();
        ensure!(
            last.is_none_or(|last| *last < names.len()),
            "{name}: unknown"
        );
    }
    let table = lines([
        ("source", Value::from(source.source.as_str()).to_string()),
        (
            "permissions",
            format!("[\n{}\n]", permissions.collect::<Vec<_>>().join(",\n")),
        ),
        ("roles", lines(roles)),
    ]);
    Ok(table + "\n")
}

/// First and last of each run of successive numbers.
fn runs(numbers: &[usize]) -> Vec<(usize, usize)> {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.filter_map(|run| Some((*run.first()?, *run.last()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_runs_of_indices() {
        let source = r#"{"source":"s","permissions":["a.b.c","a.b.d","a.b.e","a.b.f"],
            "roles":{"roles/a":{"title":"A","stage":"GA","permissions":[0,1,3]},
                     "roles/none":{"title":"N","stage":"BETA","permissions":[]}}}"#;
        let expected = r#"{
"source": "s",
"permissions": [
"a.b.c",
"a.b.d",
"a.b.e",
"a.b.f"
],
"roles": {
"roles/a": {"title":"A","stage":"GA","permissions":[[0,1],[3,3]]},
"roles/none": {"title":"N","stage":"BETA","permissions":[]}
}
}
"#;
        assert_eq!(table(source).expect("sorted"), expected);
        let error = table(&source.replace("3]", "4]")).expect_err("out of range");
        assert_eq!(error.to_string(), "roles/a: unknown");
    }
}
