//! Who may do what with a product. Pure.

use names::Member;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// The people of a product, or of one environment. The levels are a set: who is a
/// viewer and a deployer is in both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Team {
    /// Who may see everything but secrets: `user:` or `group:` and an address.
    #[schemars(with = "BTreeSet<String>")]
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub viewers: BTreeSet<Member>,
    /// Who may act as the accounts that Terraform uses.
    #[schemars(with = "BTreeSet<String>")]
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub deployers: BTreeSet<Member>,
    /// Who may do everything in all projects.
    #[schemars(with = "BTreeSet<String>")]
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub owners: BTreeSet<Member>,
}

/// What someone may do with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// See everything but secrets.
    Viewer,
    /// Act as the accounts that Terraform uses.
    Deployer,
    /// Everything.
    Owner,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Deployer, Self::Owner];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Deployer => "deployer",
            Self::Owner => "owner",
        })
    }
}

impl Team {
    /// Who has this level.
    #[must_use]
    pub fn at(&self, level: Level) -> &BTreeSet<Member> {
        match level {
            Level::Viewer => &self.viewers,
            Level::Deployer => &self.deployers,
            Level::Owner => &self.owners,
        }
    }
}
