//! What differs between a resource as it should be and as it is. Pure.

use crate::{Fields, Value};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// The fields that a resource should have.
pub type DesiredFields = BTreeMap<&'static str, (Value, CompareRule)>;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareRule {
    /// It must be so.
    Exactly,
    /// It must hold this; what else it holds is somebody else's.
    AtLeast,
    /// It must be so, and cannot be changed once the resource exists.
    Fixed,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A text becomes another.
    Set {
        /// The field, `labels.owner` for a map's key.
        field: String,
        /// What it is; empty if it is not set.
        from: String,
        /// What it should be.
        to: String,
    },
    /// A set gains an item.
    Add {
        /// The field.
        field: String,
        /// The item.
        item: String,
    },
    /// A set loses an item.
    Remove {
        /// The field.
        field: String,
        /// The item.
        item: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { field, from, to } if from.is_empty() => write!(f, "{field}: {to:?}"),
            Self::Set { field, from, to } => write!(f, "{field}: {from:?} -> {to:?}"),
            Self::Add { field, item } => write!(f, "{field}: +{item}"),
            Self::Remove { field, item } => write!(f, "{field}: -{item}"),
        }
    }
}

/// What would have to change, and what would have to but cannot.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Diff {
    pub(crate) changes: Vec<Change>,
    pub(crate) fixed: Vec<Change>,
}

pub(crate) fn diff(wanted: &DesiredFields, seen: &Fields) -> Diff {
    let mut diff = Diff::default();
    for (field, (value, rule)) in wanted {
        let to = match rule {
            CompareRule::Fixed => &mut diff.fixed,
            CompareRule::Exactly | CompareRule::AtLeast => &mut diff.changes,
        };
        to.extend(compare(field, value, seen.get(field), *rule));
    }
    diff
}

fn compare(field: &str, wanted: &Value, seen: Option<&Value>, rule: CompareRule) -> Vec<Change> {
    let name = field.to_owned();
    let exactly = rule != CompareRule::AtLeast;
    match (wanted, seen) {
        (Value::Set(wanted), seen) => {
            let none = Default::default();
            let seen = match seen {
                Some(Value::Set(seen)) => seen,
                Some(Value::Text(_) | Value::Map(_)) | None => &none,
            };
            let add = wanted.difference(seen).map(|item| Change::Add {
                field: name.clone(),
                item: item.clone(),
            });
            let remove = seen.difference(wanted).map(|item| Change::Remove {
                field: name.clone(),
                item: item.clone(),
            });
            add.chain(remove.filter(|_| exactly)).collect()
        }
        (Value::Map(wanted), seen) => {
            let none = BTreeMap::new();
            let seen = match seen {
                Some(Value::Map(seen)) => seen,
                Some(Value::Text(_) | Value::Set(_)) | None => &none,
            };
            let set = |key: &String, from: &str, to: &str| Change::Set {
                field: format!("{field}.{key}"),
                from: from.to_owned(),
                to: to.to_owned(),
            };
            let old = |key| seen.get(key).map_or("", String::as_str);
            let differing = wanted.iter().filter(|(key, to)| seen.get(*key) != Some(to));
            let changed = differing.map(|(key, to)| set(key, old(key), to));
            let surplus = seen
                .keys()
                .filter(|key| exactly && !wanted.contains_key(*key));
            changed
                .chain(surplus.map(|key| set(key, old(key), "")))
                .collect()
        }
        (Value::Text(to), seen) => {
            let from = match seen {
                Some(Value::Text(from)) => from.as_str(),
                Some(Value::Set(_) | Value::Map(_)) | None => "",
            };
            if from == to {
                return Vec::new();
            }
            vec![Change::Set {
                field: name,
                from: from.to_owned(),
                to: to.clone(),
            }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> Value {
        Value::Set(items.iter().map(|&i| i.to_owned()).collect())
    }

    fn map(items: &[(&str, &str)]) -> Value {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        Value::Map(items.iter().map(own).collect())
    }

    #[test]
    fn each_difference_is_named_and_nothing_else() {
        let table = [
            (
                set(&["a", "b"]),
                Some(set(&["b", "c"])),
                CompareRule::Exactly,
                vec!["f: +a", "f: -c"],
            ),
            (
                set(&["a", "b"]),
                Some(set(&["b", "c"])),
                CompareRule::AtLeast,
                vec!["f: +a"],
            ),
            (set(&["a"]), Some(set(&["a"])), CompareRule::Exactly, vec![]),
            (set(&["a"]), None, CompareRule::AtLeast, vec!["f: +a"]),
            (
                map(&[("a", "1"), ("b", "2")]),
                Some(map(&[("b", "3"), ("c", "4")])),
                CompareRule::AtLeast,
                vec!["f.a: \"1\"", "f.b: \"3\" -> \"2\""],
            ),
            (
                map(&[]),
                Some(map(&[("c", "4")])),
                CompareRule::Exactly,
                vec!["f.c: \"4\" -> \"\""],
            ),
            (
                "GA".into(),
                Some("ALPHA".into()),
                CompareRule::Exactly,
                vec!["f: \"ALPHA\" -> \"GA\""],
            ),
            ("GA".into(), None, CompareRule::Exactly, vec!["f: \"GA\""]),
            ("GA".into(), Some("GA".into()), CompareRule::Exactly, vec![]),
        ];
        for (wanted, seen, rule, expected) in table {
            let found = diff(
                &[("f", (wanted, rule))].into(),
                &seen.map(|seen| ("f", seen)).into_iter().collect(),
            );
            let printed: Vec<String> = found.changes.iter().map(Change::to_string).collect();
            assert_eq!(printed, expected);
            assert!(found.fixed.is_empty());
        }
    }

    #[test]
    fn what_cannot_change_is_told_apart() {
        let found = diff(
            &[("location", ("EU".into(), CompareRule::Fixed))].into(),
            &[("location", "US".into())].into(),
        );
        assert!(found.changes.is_empty());
        assert_eq!(found.fixed[0].to_string(), "location: \"US\" -> \"EU\"");
    }
}
