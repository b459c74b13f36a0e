//! What goes away by itself, and how long that is waited for. Pure.

use crate::{Fault, Id, resource::is_api_off};
use gcp::{Class, Classify};
use names::Duration;
use std::collections::BTreeSet;

/// How long `fault` of the resource `id` may last, if it goes away by itself.
/// `fresh` is what this run has made so far, `apis` whether the plan sees to
/// it that APIs are enabled.
///
/// Sources: Google's documentation of eventual consistency in IAM (an account
/// can be used a minute after it was made), and of Service Usage (an API that
/// was enabled refuses calls for a minute).
pub(crate) fn patience(
    id: &Id,
    fault: &Fault,
    fresh: &BTreeSet<Id>,
    apis: bool,
) -> Option<Duration> {
    let seconds = |n| Some(Duration::from_secs(n));
    let error = match fault {
        Fault::Call(error) => error,
        Fault::Overwritten => return seconds(30),
        Fault::Operation(_)
        | Fault::Slow
        | Fault::Locked
        | Fault::Refused(_)
        | Fault::Record(_) => return None,
    };
    let text = error.to_string();
    let made = |kind: fn(&Id) -> bool| fresh.iter().any(kind);
    if text.contains("Another activation or deactivation is in progress") {
        return seconds(300);
    }
    if is_api_off(error) {
        return apis.then_some(Duration::from_secs(180));
    }
    if let Id::Policy(of) = id {
        let named = made(|id| matches!(id, Id::Account(_) | Id::Role(_)));
        if error.status() == Some(400) && text.contains("does not exist") && named {
            return seconds(80);
        }
        let of_new = of.resource().is_some_and(|of| fresh.contains(&of));
        if (error.is_denied() || error.is_not_found()) && of_new {
            return seconds(80);
        }
    }
    match error.class() {
        Class::Conflict | Class::Transient => seconds(30),
        Class::Denied | Class::Invalid | Class::Bug => None,
    }
}
