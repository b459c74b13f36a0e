//! Whether a member of a binding, as a policy names it, is a principal.

use super::Snapshot;
use names::{FullName, Member};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberMatch {
    Yes,
    No,
    /// Who is in it is not known: a group, a set, a kind that is new.
    Perhaps,
}

/// Everybody, whom public access prevention keeps out.
pub(super) fn is_public(named: &str) -> bool {
    matches!(named, "allUsers" | "allAuthenticatedUsers")
}

pub(super) fn matches_member(picture: &Snapshot, who: &Member, named: &str) -> MemberMatch {
    // Addresses have no case; Google writes them in lower case.
    if named.eq_ignore_ascii_case(who.as_str()) {
        return MemberMatch::Yes;
    }
    match named.split_once(':') {
        None if is_public(named) => MemberMatch::Yes,
        Some(("deleted" | "user" | "serviceAccount", _)) => MemberMatch::No,
        Some(("domain", domain)) => {
            let address = who.as_str().strip_prefix("user:");
            let host = address.and_then(|address| address.rsplit('@').next());
            match host.is_some_and(|host| host.eq_ignore_ascii_case(domain)) {
                true => MemberMatch::Yes,
                false => MemberMatch::No,
            }
        }
        Some(("projectOwner", project)) => has_basic(picture, who, project, "roles/owner"),
        Some(("projectEditor", project)) => has_basic(picture, who, project, "roles/editor"),
        Some(("projectViewer", project)) => has_basic(picture, who, project, "roles/viewer"),
        None | Some(_) => MemberMatch::Perhaps,
    }
}

/// Whether the project's own policy gives the basic role to it.
fn has_basic(picture: &Snapshot, who: &Member, project: &str, role: &str) -> MemberMatch {
    let Ok(id) = project.parse() else {
        return MemberMatch::Perhaps;
    };
    let Some(found) = picture.resources.get(&FullName::project(&id)) else {
        return MemberMatch::Perhaps;
    };
    let bound = found.bindings.iter().filter(|b| b.role == role);
    let mut answer = MemberMatch::No;
    for named in bound.flat_map(|b| &b.members) {
        // A project's policy names no such member itself: nothing to follow.
        if named.starts_with("project") {
            continue;
        }
        match matches_member(picture, who, named) {
            MemberMatch::Yes => return MemberMatch::Yes,
            MemberMatch::Perhaps => answer = MemberMatch::Perhaps,
            MemberMatch::No => {}
        }
    }
    answer
}
