//! What a principal may do on one resource, by itself and through others.

use super::{End, Gap, Grant, Open, Path, Picture, closure, effective, kind::said};
use names::{FullName, Member};
use serde::Serialize;
use std::{collections::BTreeSet, fmt};

/// What a picture says of a principal and one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// The principal.
    pub who: Member,
    /// The resource.
    pub resource: FullName,
    /// What it may do there by itself.
    pub direct: Vec<Grant>,
    /// What it may come to do there.
    pub through: Vec<Reach>,
    /// What may be more, and could not be told.
    pub open: BTreeSet<Open>,
    /// What could not be read of the cloud.
    pub gaps: Vec<Gap>,
}

/// A path that leads to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The path, without what else its end may do.
    pub path: Path,
    /// What its end may do there; nothing in particular where it has the say
    /// over who may do what.
    pub grants: Vec<Grant>,
}

/// Says all that `picture` has of `who` and `resource`; `None` if the resource
/// is not in it.
#[must_use]
pub fn at(picture: &Picture, who: &Member, resource: &FullName) -> Option<At> {
    picture.resources.get(resource)?;
    let on = |held: &super::Effective| held.on(resource).cloned().collect::<Vec<_>>();
    let own = effective(picture, who);
    let closure = closure(picture, who);
    let through = closure
        .paths
        .into_iter()
        .filter_map(|path| match &path.end {
            End::Identity { .. } => {
                let held = effective(picture, &path.steps.last()?.to);
                let grants = on(&held);
                let end = End::Identity { gains: Vec::new() };
                let path = Path { end, ..path };
                (!grants.is_empty()).then_some(Reach { path, grants })
            }
            End::Control { over, .. } => {
                let mut upwards = picture.upwards(resource);
                let grants = Vec::new();
                upwards
                    .any(|(name, _)| name == over)
                    .then_some(Reach { path, grants })
            }
        });
    Some(At {
        who: who.clone(),
        resource: resource.clone(),
        direct: on(&own),
        through: through.collect(),
        open: own.open.union(&closure.open).cloned().collect(),
        gaps: picture.gaps.iter().cloned().collect(),
    })
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}\n\ndirectly", self.who, said(&self.resource))?;
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
