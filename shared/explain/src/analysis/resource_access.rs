//! What a principal may do on one resource, by itself and through others.

use super::{
    EffectiveGrant, EscalationPath, PathEnd, ReadFailure, Snapshot, Undetermined, effective_access,
    kind::display_name, reachable_access,
};
use names::{FullName, Member};
use serde::Serialize;
use std::{collections::BTreeSet, fmt};

/// What a picture says of a principal and one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceAccess {
    /// The principal.
    pub who: Member,
    /// The resource.
    pub resource: FullName,
    /// What it may do there by itself.
    pub direct: Vec<EffectiveGrant>,
    /// What it may come to do there.
    pub through: Vec<ResourcePath>,
    /// What may be more, and could not be told.
    pub open: BTreeSet<Undetermined>,
    /// What could not be read of the cloud.
    pub gaps: Vec<ReadFailure>,
}

/// A path that leads to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourcePath {
    /// The path, without what else its end may do.
    pub path: EscalationPath,
    /// What its end may do there; nothing in particular where it has the say
    /// over who may do what.
    pub grants: Vec<EffectiveGrant>,
}

/// Says all that `picture` has of `who` and `resource`; `None` if the resource
/// is not in it.
#[must_use]
pub fn resource_access(
    picture: &Snapshot,
    who: &Member,
    resource: &FullName,
) -> Option<ResourceAccess> {
    picture.resources.get(resource)?;
    let on = |held: &super::EffectiveAccess| held.on(resource).cloned().collect::<Vec<_>>();
    let own = effective_access(picture, who);
    let closure = reachable_access(picture, who);
    let through = closure
        .paths
        .into_iter()
        .filter_map(|path| match &path.end {
            PathEnd::Identity { .. } => {
                let held = effective_access(picture, &path.steps.last()?.to);
                let grants = on(&held);
                let end = PathEnd::Identity { gains: Vec::new() };
                let path = EscalationPath { end, ..path };
                (!grants.is_empty()).then_some(ResourcePath { path, grants })
            }
            PathEnd::Control { over, .. } => {
                let mut upwards = picture.ancestry(resource);
                let grants = Vec::new();
                upwards
                    .any(|(name, _)| name == over)
                    .then_some(ResourcePath { path, grants })
            }
        });
    Some(ResourceAccess {
        who: who.clone(),
        resource: resource.clone(),
        direct: on(&own),
        through: through.collect(),
        open: own.open.union(&closure.open).cloned().collect(),
        gaps: picture.read_failures.iter().cloned().collect(),
    })
}

impl fmt::Display for ResourceAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} on {}\n\ndirectly",
            self.who,
            display_name(&self.resource)
        )?;
        match self.direct.is_empty() {
            true => writeln!(f, "  no: nothing")?,
            false => writeln!(f, "  yes:")?,
        }
        for grant in &self.direct {
            write!(f, "{grant}")?;
        }
        writeln!(f, "\nthrough others")?;
        if self.through.is_empty() {
            writeln!(f, "  no: nothing")?;
        }
        for reach in &self.through {
            writeln!(f, "  {}", reach.path)?;
            for grant in &reach.grants {
                write!(f, "{grant}")?;
            }
        }
        super::show::unknown(f, self.open.iter(), &self.gaps)
    }
}
