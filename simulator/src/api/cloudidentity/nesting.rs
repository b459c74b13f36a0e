//! Who is in which group, directly or through other groups.

use crate::{Cloud, collection::Row};
use std::collections::{BTreeMap, BTreeSet};

const SERVICE: &str = "//cloudidentity.googleapis.com/";

/// The groups, or memberships, whose names begin with `prefix`.
fn rows<'a>(
    cloud: &'a Cloud,
    kind: &'static str,
    prefix: &str,
) -> impl Iterator<Item = (&'a str, &'a Row)> + use<'a> {
    let all = cloud
        .resources
        .rows
        .with_prefix(format!("{SERVICE}{prefix}"));
    all.filter(move |(_, row)| row.kind == kind)
        .map(|(name, row)| (&name[SERVICE.len()..], row))
}

/// All groups.
pub(super) fn groups(cloud: &Cloud) -> impl Iterator<Item = (&str, &Row)> {
    rows(cloud, "Group", "groups/")
}

/// Whether there is a group with this name (`groups/1`).
pub(super) fn exists(cloud: &Cloud, group: &str) -> bool {
    cloud.resources.rows.contains(&format!("{SERVICE}{group}"))
}

/// The group in the name of a group or membership.
pub(super) fn group_of(name: &str) -> &str {
    name.split_once("/memberships")
        .map_or(name, |(group, _)| group)
}

/// The address in a row of a group.
pub(super) fn email_of(group: &Row) -> &str {
    group.body["groupKey"]["id"].as_str().unwrap_or_default()
}

/// The address in a row of a membership.
pub(super) fn member_of(membership: &Row) -> &str {
    let key = &membership.body["preferredMemberKey"];
    key["id"].as_str().unwrap_or_default()
}

/// The name and row of the group with this address.
pub(super) fn group_with<'a>(cloud: &'a Cloud, email: &str) -> Option<(&'a str, &'a Row)> {
    groups(cloud).find(|(_, row)| email_of(row) == email)
}

/// The memberships in the group with this name.
pub(super) fn direct_members<'a>(
    cloud: &'a Cloud,
    group: &str,
) -> impl Iterator<Item = (&'a str, &'a Row)> + use<'a> {
    rows(cloud, "Membership", &format!("{group}/memberships/"))
}

/// All memberships of an address.
pub(super) fn memberships_of<'a>(
    cloud: &'a Cloud,
    email: &str,
) -> impl Iterator<Item = (&'a str, &'a Row)> {
    rows(cloud, "Membership", "groups/").filter(move |(_, row)| member_of(row) == email)
}

/// How someone is in a group.
#[derive(Debug, Default)]
pub(super) struct Relation<'a> {
    /// Their membership in the group itself.
    pub(super) direct: Option<&'a Row>,
    /// One in a group that is in the group.
    pub(super) indirect: Option<&'a Row>,
}

impl<'a> Relation<'a> {
    /// Any of their memberships.
    pub(super) fn membership(&self) -> Option<&'a Row> {
        self.direct.or(self.indirect)
    }

    /// Google's name for it.
    pub(super) fn kind(&self) -> &'static str {
        match (self.direct, self.indirect) {
            (Some(_), Some(_)) => "DIRECT_AND_INDIRECT",
            (Some(_), None) => "DIRECT",
            (None, _) => "INDIRECT",
        }
    }
}

/// Everyone in the group with this name, by address.
pub(super) fn all_members<'a>(cloud: &'a Cloud, group: &str) -> BTreeMap<&'a str, Relation<'a>> {
    let mut all: BTreeMap<&str, Relation> = BTreeMap::new();
    let mut seen = BTreeSet::from([group.to_owned()]);
    let mut open = vec![group.to_owned()];
    while let Some(next) = open.pop() {
        for (_, row) in direct_members(cloud, &next) {
            let relation = all.entry(member_of(row)).or_default();
            match next == group {
                true => relation.direct = Some(row),
                false => relation.indirect = Some(row),
            }
            if let Some((inner, _)) = group_with(cloud, member_of(row))
                && seen.insert(inner.to_owned())
            {
                open.push(inner.to_owned());
            }
        }
    }
    all
}

impl Cloud {
    /// Whether there is a group with this address, as far as is known.
    pub(crate) fn has_group(&self, email: &str) -> bool {
        !self.directory.manages(email) || group_with(self, email).is_some()
    }

    /// The direct members of the group with this address, as policies name them.
    pub(crate) fn group_members(&self, email: &str) -> Vec<String> {
        let group = group_with(self, email).map(|(name, _)| name);
        let members = group.map(|group| direct_members(self, group));
        let members = members.into_iter().flatten();
        members
            .map(|(_, row)| {
                let prefix = match row.body["type"].as_str() {
                    Some("GROUP") => "group",
                    Some("SERVICE_ACCOUNT") => "serviceAccount",
                    Some(_) | None => "user",
                };
                format!("{prefix}:{}", member_of(row))
            })
            .collect()
    }
}
