//! The table of machine types, their sizes, and the zones that offer them.

use super::json::{Object, lines};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "Cyclenerd/google-cloud-pricing-cost-calculator, tools, 2026-08 (Apache-2.0); \
                      its zones by type are older";

/// The table. `types`, `zones`, `machines` and `accelerators` are the source's
/// machinetypes, zones, machinetypezone and acceleratortypezone. A zone that is
/// not in `zones` is left out: it is not open to everybody. Types without any
/// zone have none in the table, since the source does not say.
///
/// # Errors
/// A file is not such data.
pub(super) fn table(
    types: &str,
    zones: &str,
    machines: &str,
    accelerators: &str,
) -> Result<String> {
    let mut known = BTreeSet::new();
    for row in rows(zones) {
        if row.get("STATUS")? == "UP" {
            known.insert(row.get("NAME")?);
        }
    }
    let machines = by_name(machines)?;
    let accelerators = by_name(accelerators)?;
    let mut sizes = BTreeMap::new();
    for row in rows(types) {
        let name = row.get("NAME")?;
        let gb: f64 = row.get("MEMORY_GB")?.parse().context("MEMORY_GB")?;
        let mut size = Object::default();
        size.add("cpus", row.get("CPUS")?);
        size.add("memory_mb", (gb * 1024.0).floor().to_string());
        if row.get("SHARED_CPU")? == "True" {
            size.add("shared_cpu", "true");
        }
        if let Some(zones) = machines.get(name) {
            size.add("zones", runs(&known, zones));
        }
        sizes.insert(name, size.line());
    }
    let names = known.iter().map(|zone| Value::from(*zone).to_string());
    let accelerators = accelerators
        .iter()
        .map(|(name, zones)| (name, runs(&known, zones)));
    let table = lines([
        ("source", Value::from(SOURCE).to_string()),
        (
            "zones",
            format!("[\n{}\n]", names.collect::<Vec<_>>().join(",\n")),
        ),
        ("accelerators", lines(accelerators)),
        ("machine_types", lines(sizes)),
    ]);
    Ok(table + "\n")
}

/// A row of a file, by the names of its columns.
struct Row<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Row<'a> {
    fn get(&self, column: &str) -> Result<&'a str> {
        let value = self.0.get(column).copied();
        value.with_context(|| format!("a row has no {column}"))
    }
}

fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
    lines.map(move |line| Row(columns.iter().copied().zip(line.split(';')).collect()))
}

fn by_name(text: &str) -> Result<BTreeMap<&str, BTreeSet<&str>>> {
    let mut zones: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows(text) {
        let of_name = zones.entry(row.get("NAME")?).or_default();
        of_name.insert(row.get("ZONE")?);
    }
    Ok(zones)
}

/// The zones as first and last index of each run.
fn runs(known: &BTreeSet<&str>, zones: &BTreeSet<&str>) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, _) in known
        .iter()
        .enumerate()
        .filter(|(_, zone)| zones.contains(*zone))
    {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            Some(_) | None => runs.push((index, index)),
        }
    }
    json!(runs).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_type_has_its_size_and_its_open_zones() {
        let types = "NAME;CPUS;SHARED_CPU;MEMORY_GB;DEPRECATED;ZONE\n\
                     n1-highcpu-2;2;False;1.80;;\nf1-micro;1;True;0.60;;\n";
        let zones = "NAME;REGION;STATUS\nz-a;z;UP\nz-b;z;UP\nz-c;z;UP\nz-d;z;DOWN\n";
        let machines = "NAME;ZONE\nf1-micro;z-c\nf1-micro;z-a\nf1-micro;z-b\nf1-micro;z-d\n";
        let accelerators = "NAME;ZONE\ngpu;z-a\ngpu;z-c\n";
        let expected = [
            "\"zones\": [\n\"z-a\",\n\"z-b\",\n\"z-c\"\n]",
            "\"gpu\": [[0,0],[2,2]]",
            r#""f1-micro": {"cpus":1,"memory_mb":614,"shared_cpu":true,"zones":[[0,2]]}"#,
            r#""n1-highcpu-2": {"cpus":2,"memory_mb":1843}"#,
        ];
        let table = table(types, zones, machines, accelerators).expect("data");
        for part in expected {
            assert!(table.contains(part), "{part} in {table}");
        }
        let error = super::table("NAME\nx\n", zones, machines, accelerators);
        assert!(error.is_err());
    }
}
