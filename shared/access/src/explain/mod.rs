//! What a principal may do in a cloud, directly and through others. Pure.
//!
//! [`Picture`] is what was read of the cloud. [`effective()`] says which
//! permissions a principal has on each resource, and through which binding.
//! [`closure()`] says whom else it can become, and whose access it can change,
//! each with the path. Wherever something is not known (who is in a group, what
//! a role permits, whether a condition holds), the answer says so, and never
//! takes it for a no: a condition that is not surely false is an *if*.
//!
//! Deny policies, principal access boundaries and organisation policies are not
//! looked at: they only take away, so what is said here is at the worst too much.

mod at;
mod closure;
mod condition;
mod effective;
mod facts;
mod kind;
mod member;
mod picture;
mod power;
mod rules;
mod show;
mod ways;

#[cfg(test)]
mod tests;

pub use at::{At, Reach, at};
pub use closure::{Closure, End, Gain, Path, Step, closure};
pub use effective::{Effective, Grant, Open, Through, effective};
pub use kind::Kind;
pub use picture::{Binding, Condition, Gap, Picture, Resource};
pub use power::Power;
pub use ways::{Evidence, Way};

use names::Member;
use serde::Serialize;

/// All that a picture says of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The principal.
    pub who: Member,
    /// What it may do by itself.
    pub direct: Effective,
    /// What it may come to do through others.
    pub through: Closure,
    /// What could not be read of the cloud.
    pub gaps: Vec<Gap>,
}

/// Says all that `picture` has of `who`.
#[must_use]
pub fn explain(picture: &Picture, who: &Member) -> Explanation {
    Explanation {
        who: who.clone(),
        direct: effective(picture, who),
        through: closure(picture, who),
        gaps: picture.gaps.iter().cloned().collect(),
    }
}
