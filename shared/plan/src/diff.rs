//! The difference between a resource's desired and observed fields. Pure.

use crate::{FieldValue, ObservedFields, ObservedGrant};
use serde::{Serialize, Serializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The fields that a resource should have, by name, and how each is compared.
pub type DesiredFields = BTreeMap<&'static str, (FieldValue, CompareRule)>;

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareRule {
    /// The value must be equal.
    Exactly,
    /// The value must contain the desired items; it may contain others.
    Contains,
    /// The value must be equal, and cannot be changed after creation.
    Immutable,
    /// Items that are not desired are reported, and left to who added them.
    Surplus,
}

/// More access than is desired, which someone else gave: it is reported and kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Surplus {
    /// Such as `grants`.
    pub field: String,
    /// What somebody added.
    pub item: Item,
}

impl fmt::Display for Surplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: surplus {}", self.field, self.item)
    }
}

/// One change of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A text is replaced.
    Set {
        /// The field; `labels.owner` for a key of a map.
        field: String,
        /// Observed value; empty if it is not set.
        from: String,
        /// Desired value.
        to: String,
    },
    /// An item is added to a set.
    Add {
        /// The set.
        field: String,
        /// The new item.
        item: Item,
    },
    /// An item is removed from a set.
    Remove {
        /// The set.
        field: String,
        /// The surplus item.
        item: Item,
    },
}

/// An item of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A text.
    Text(String),
    /// A grant.
    Grant(ObservedGrant),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Grant(grant) => grant.fmt(f),
        }
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
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

/// Changes that can be made, differences in immutable fields, and surplus items.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Diff {
    pub(crate) changes: Vec<Change>,
    pub(crate) immutable: Vec<Change>,
    pub(crate) surplus: Vec<Surplus>,
}

pub(crate) fn diff(desired: &DesiredFields, observed: &ObservedFields) -> Diff {
    let mut diff = Diff::default();
    for (field, (value, rule)) in desired {
        let differences = compare(field, value, observed.get(field), *rule);
        match rule {
            CompareRule::Immutable => diff.immutable.extend(differences),
            CompareRule::Exactly | CompareRule::Contains => diff.changes.extend(differences),
            CompareRule::Surplus => diff
                .surplus
                .extend(differences.into_iter().filter_map(surplus)),
        }
    }
    diff
}

fn surplus(difference: Change) -> Option<Surplus> {
    match difference {
        Change::Remove { field, item } => Some(Surplus { field, item }),
        Change::Add { .. } | Change::Set { .. } => None,
    }
}

fn compare(
    field: &str,
    desired: &FieldValue,
    observed: Option<&FieldValue>,
    rule: CompareRule,
) -> Vec<Change> {
    let exactly = rule != CompareRule::Contains;
    match desired {
        FieldValue::Set(desired) => {
            let observed = observed.and_then(FieldValue::as_set);
            compare_sets(field, desired, observed, exactly, Item::Text)
        }
        FieldValue::Grants(desired) => {
            let observed = observed.and_then(FieldValue::as_grants);
            compare_sets(field, desired, observed, exactly, Item::Grant)
        }
        FieldValue::Map(desired) => {
            let empty = BTreeMap::new();
            let observed = observed.and_then(FieldValue::as_map).unwrap_or(&empty);
            let set = |key: &String, from: &str, to: &str| Change::Set {
                field: format!("{field}.{key}"),
                from: from.to_owned(),
                to: to.to_owned(),
            };
            let old = |key| observed.get(key).map_or("", String::as_str);
            let differing = desired
                .iter()
                .filter(|(key, to)| observed.get(*key) != Some(to));
            let changed = differing.map(|(key, to)| set(key, old(key), to));
            let surplus = observed
                .keys()
                .filter(|key| exactly && !desired.contains_key(*key));
            changed
                .chain(surplus.map(|key| set(key, old(key), "")))
                .collect()
        }
        FieldValue::Text(to) => {
            let from = observed.and_then(FieldValue::as_text).unwrap_or_default();
            if from == to {
                return Vec::new();
            }
            vec![Change::Set {
                field: field.to_owned(),
                from: from.to_owned(),
                to: to.clone(),
            }]
        }
    }
}

fn compare_sets<T: Ord + Clone>(
    field: &str,
    desired: &BTreeSet<T>,
    observed: Option<&BTreeSet<T>>,
    exactly: bool,
    item: fn(T) -> Item,
) -> Vec<Change> {
    let empty = BTreeSet::new();
    let observed = observed.unwrap_or(&empty);
    let add = desired.difference(observed).map(|added| Change::Add {
        field: field.to_owned(),
        item: item(added.clone()),
    });
    let remove = observed.difference(desired).map(|removed| Change::Remove {
        field: field.to_owned(),
        item: item(removed.clone()),
    });
    add.chain(remove.filter(|_| exactly)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> FieldValue {
        FieldValue::Set(items.iter().map(|&i| i.to_owned()).collect())
    }

    fn map(items: &[(&str, &str)]) -> FieldValue {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        FieldValue::Map(items.iter().map(own).collect())
    }

    #[test]
    fn each_difference_is_listed_and_nothing_else() {
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
                CompareRule::Contains,
                vec!["f: +a"],
            ),
            (set(&["a"]), Some(set(&["a"])), CompareRule::Exactly, vec![]),
            (set(&["a"]), None, CompareRule::Contains, vec!["f: +a"]),
            (
                map(&[("a", "1"), ("b", "2")]),
                Some(map(&[("b", "3"), ("c", "4")])),
                CompareRule::Contains,
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
        for (desired, observed, rule, expected) in table {
            let found = diff(
                &[("f", (desired, rule))].into(),
                &observed
                    .map(|observed| ("f", observed))
                    .into_iter()
                    .collect(),
            );
            let printed: Vec<String> = found.changes.iter().map(Change::to_string).collect();
            assert_eq!(printed, expected);
            assert!(found.immutable.is_empty());
        }
    }

    #[test]
    fn surplus_items_are_reported_and_not_changed() {
        let found = diff(
            &[("f", (set(&["a", "b"]), CompareRule::Surplus))].into(),
            &[("f", set(&["b", "c"]))].into(),
        );
        assert!(found.changes.is_empty() && found.immutable.is_empty());
        let surplus: Vec<String> = found.surplus.iter().map(Surplus::to_string).collect();
        assert_eq!(surplus, ["f: surplus c"]);
    }

    #[test]
    fn immutable_fields_are_listed_separately() {
        let found = diff(
            &[("location", ("EU".into(), CompareRule::Immutable))].into(),
            &[("location", "US".into())].into(),
        );
        assert!(found.changes.is_empty());
        assert_eq!(found.immutable[0].to_string(), "location: \"US\" -> \"EU\"");
    }
}
