//! The generated files in `simulator/data`, `shared/events/data` and `cli/data`:
//! facts of Google's APIs, roles and machine types (names, paths, fields, permissions,
//! sizes), without prose. They are committed; a test fails if they are outdated.

pub mod deploy;
mod discovery;
mod json;
mod machine_types;
mod methods;
mod roles;

use anyhow::{Context, Result};
use discovery::Selection;
use std::collections::BTreeMap;

/// Every file in `simulator/data`, `shared/events/data` and `cli/data`: its path
/// relative to the root of the repository, and its text. `read` returns the text of a source:
/// `discovery/{api}.{version}.json`, a discovery document as Google publishes
/// it; `iam/method-permissions.json`, the permissions of each method ID;
/// `iam/roles-2026-08.json`, the permissions of each predefined role (both from
/// iam-dataset); or `data/gcp-zones/*.csv`, machine types and zones.
///
/// # Errors
/// A source cannot be read, or lacks a method that is in use.
pub fn google_data(read: impl Fn(&str) -> Result<String>) -> Result<Vec<(String, String)>> {
    let source = "iam/method-permissions.json";
    let permissions: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&read(source)?).context(source)?;
    let source = "iam/roles-2026-08.json";
    let table = roles::table(&read(source)?).context(source)?;
    let mut files = vec![("simulator/data/roles.json".to_owned(), table)];
    let zones = |name: &str| read(&format!("data/gcp-zones/{name}.csv"));
    let table = machine_types::table(
        &zones("machinetypes")?,
        &zones("zones")?,
        &zones("machinetypezone")?,
        &zones("acceleratortypezone")?,
    )?;
    files.push(("shared/events/data/machine-types.json".to_owned(), table));
    let mut documents = BTreeMap::new();
    for (document, selection) in selections() {
        let path = format!("discovery/{document}.json");
        let whole = read(&path)?;
        let text = discovery::excerpt(&whole, &selection, &permissions);
        let text = text.with_context(|| path.clone())?;
        files.push((format!("simulator/data/{path}"), text));
        documents.insert(document, whole);
    }
    let table = methods::table(&documents)?;
    files.push(("cli/data/google-methods.json".to_owned(), table));
    Ok(files)
}

/// What the simulator and the client use, by discovery document.
fn selections() -> BTreeMap<String, Selection> {
    let mut selections: BTreeMap<String, Selection> = BTreeMap::new();
    let called = gcp::methods::all();
    let called = called.map(|method| (simulator::document(method.id, method.path), method.id));
    for (document, id) in simulator::methods().chain(called) {
        selections.entry(document).or_default().methods.insert(id);
    }
    for (document, collection) in simulator::collections() {
        let selection = selections.entry(document.to_owned()).or_default();
        selection.collections.push(collection);
    }
    selections
}
