//! The files of specs that the user names.

use crate::named_file;
use anyhow::{Context, Result, bail};
use product::Spec;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The largest spec that is read, in bytes: an event has at most 10 MB.
const MAX_SPEC: u64 = 1 << 20;

/// Reads the specs of `paths`; of a folder, those in it.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Spec>> {
    let mut specs: BTreeMap<_, (String, Spec)> = BTreeMap::new();
    for file in files(paths)? {
        let name = file.display().to_string();
        let text = named_file::read_text(&file, MAX_SPEC)?;
        let spec = Spec::parse(&name, &text)?;
        if let Some((other, _)) = specs.get(&spec.id()) {
            bail!(
                "{name}: {other} describes the product {} in {}, too",
                spec.name,
                spec.parent
            );
        }
        specs.insert(spec.id(), (name, spec));
    }
    Ok(specs.into_values().map(|(_, spec)| spec).collect())
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let name = path.display();
        let entries = fs::read_dir(path).with_context(|| format!("cannot read {name}"))?;
        let mut inside = Vec::new();
        for entry in entries {
            let file = entry.with_context(|| format!("cannot read {name}"))?.path();
            if is_spec(&file) {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            bail!("{name} has no spec: a file that ends with .yaml, .yml or .json");
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn is_spec(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    file.is_file() && extension.is_some_and(|it| ["yaml", "yml", "json"].contains(&it))
}
