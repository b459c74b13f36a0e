//! Whether a member of a binding includes a principal.

use super::Snapshot;
use names::{FullResourceName, Member};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberMatch {
    Yes,
    No,
    /// Groups, principal sets and member types that are not known here: who
    /// belongs to them is not in the snapshot.
    Unknown,
}

/// Whether the member is one that public access prevention excludes.
pub(super) fn is_public(member: &str) -> bool {
    matches!(member, "allUsers" | "allAuthenticatedUsers")
}

pub(super) fn match_member(snapshot: &Snapshot, principal: &Member, member: &str) -> MemberMatch {
    // Addresses are case-insensitive; Google writes them in lower case.
    if member.eq_ignore_ascii_case(principal.as_str()) {
        return MemberMatch::Yes;
    }
    match member.split_once(':') {
        None if is_public(member) => MemberMatch::Yes,
        Some(("deleted" | "user" | "serviceAccount", _)) => MemberMatch::No,
        Some(("domain", domain)) => {
            let address = principal.as_str().strip_prefix("user:");
            let host = address.and_then(|address| address.rsplit('@').next());
            match host.is_some_and(|host| host.eq_ignore_ascii_case(domain)) {
                true => MemberMatch::Yes,
                false => MemberMatch::No,
            }
        }
        Some(("projectOwner", id)) => has_basic_role(snapshot, principal, id, "roles/owner"),
        Some(("projectEditor", id)) => has_basic_role(snapshot, principal, id, "roles/editor"),
        Some(("projectViewer", id)) => has_basic_role(snapshot, principal, id, "roles/viewer"),
        None | Some(_) => MemberMatch::Unknown,
    }
}

/// Whether the project's own policy binds the basic role to the principal.
fn has_basic_role(
    snapshot: &Snapshot,
    principal: &Member,
    project: &str,
    role: &str,
) -> MemberMatch {
    let Ok(id) = project.parse() else {
        return MemberMatch::Unknown;
    };
    let Some(found) = snapshot.resources.get(&FullResourceName::project(&id)) else {
        return MemberMatch::Unknown;
    };
    let bindings = found.bindings.iter().filter(|b| b.role == role);
    let mut result = MemberMatch::No;
    for member in bindings.flat_map(|b| &b.members) {
        // A project's own policy does not contain `projectOwner:` and the like,
        // so there is nothing to recurse into.
        if member.starts_with("project") {
            continue;
        }
        match match_member(snapshot, principal, member) {
            MemberMatch::Yes => return MemberMatch::Yes,
            MemberMatch::Unknown => result = MemberMatch::Unknown,
            MemberMatch::No => {}
        }
    }
    result
}
