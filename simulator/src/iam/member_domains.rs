//! Which organisation the members of policies belong to, and the constraint that
//! permits those of some organisations only.

use super::{
    hierarchy::container,
    identity::project_of_address,
    node::Node,
    policy::{Policy, SubmittedPolicy},
    store::Iam,
};
use crate::{
    ApiError, Cloud,
    api::orgpolicy::{MEMBER_DOMAINS, is_any_set, rules, subject},
};

impl Iam {
    /// The organisation (`organizations/1`) that a member belongs to: by the domain
    /// of an address, or by the project of a service account or workload identity
    /// pool. `allUsers` belongs to none.
    fn organization_of(&self, member: &str) -> Option<String> {
        let (kind, name) = member.split_once(':')?;
        let project = match kind {
            "user" | "group" | "domain" => {
                let domain = name.rsplit_once('@').map_or(name, |(_, domain)| domain);
                let mut all = self.nodes.with_prefix("organizations/");
                let owns = |node: &Node| {
                    let customer = node.customer.as_ref();
                    customer
                        .is_some_and(|customer| customer.domains.iter().any(|own| own == domain))
                };
                let found = all.find(|(_, node)| owns(node));
                return found.map(|(organization, _)| organization.clone());
            }
            "serviceAccount" => self.project_of_account(name)?,
            "principal" | "principalSet" => {
                let (_, rest) = name.split_once("/projects/")?;
                let number = rest.split('/').next()?;
                self.project(number)?.0
            }
            _ => return None,
        };
        let mut lineage = self.lineage(format!("projects/{project}"));
        lineage.find(|node| node.starts_with("organizations/"))
    }

    /// The project of a service account. Service agents have its number in their
    /// addresses; that they belong to its organisation is unverified.
    fn project_of_account(&self, email: &str) -> Option<&str> {
        if let Some(account) = self.accounts.get(email) {
            return Some(&account.project);
        }
        let named = project_of_address(email).and_then(|project| self.project(project));
        let (local, _) = email.split_once('@')?;
        let number = local.trim_start_matches("service-").split('-').next()?;
        let (project, _) = named.or_else(|| self.project(number))?;
        Some(project)
    }
}

/// Whether the constraint is about such a member: not about those who are deleted,
/// nor about the holders of a basic role.
fn is_checked(member: &str) -> bool {
    let (kind, _) = member.split_once(':').unwrap_or_default();
    !matches!(
        kind,
        "deleted" | "projectOwner" | "projectEditor" | "projectViewer"
    )
}

fn is_bound(old: Option<&Policy>, role: &str, member: &String) -> bool {
    let mut bindings = old.into_iter().flat_map(|old| &old.bindings);
    bindings.any(|binding| binding.role == role && binding.members.contains(member))
}

/// Refuses new members of organisations that are not permitted. Those who have the
/// role already can keep it, which is unverified. Google's words are from bug
/// reports: there are others in Cloud Storage and Cloud Run.
pub(super) fn check_members(
    cloud: &Cloud,
    key: &str,
    submitted: &SubmittedPolicy,
) -> Result<(), ApiError> {
    if !is_any_set(cloud) {
        return Ok(());
    }
    let iam = &cloud.iam;
    let (_, project) = iam.canonical(key);
    let node = container(key, project).unwrap_or_default();
    let Some(rules) = rules(cloud, &node, &MEMBER_DOMAINS) else {
        return Ok(());
    };
    let old = iam.policies.get(key);
    let is_permitted = |member: &str| {
        let organization = iam.organization_of(member);
        let node = organization.as_ref().and_then(|of| iam.nodes.get(of));
        let customer = node.and_then(|node| node.customer.as_ref());
        rules.permits(|value| {
            let value = value.strip_prefix("is:").unwrap_or(value);
            let all = value.strip_prefix("principalSet://iam.googleapis.com/");
            organization.is_some() && all == organization.as_deref()
                || customer.is_some_and(|customer| customer.id == value)
        })
    };
    let mut members = submitted.bindings.iter().flat_map(|binding| {
        let members = binding.members.iter();
        members.map(|member| (&*binding.role, member))
    });
    let refused = members.find(|(role, member)| {
        is_checked(member) && !is_bound(old, role, member) && !is_permitted(member)
    });
    let Some((_, member)) = refused else {
        return Ok(());
    };
    let message = "One or more users named in the policy do not belong to a permitted customer.";
    if key.starts_with("//storage.") {
        return Err(ApiError::precondition(message));
    }
    let value = member.split_once(':').map_or(&**member, |(_, name)| name);
    let cause = match key.starts_with("//run.") {
        true => ",  perhaps due to an organization policy.",
        false => ".",
    };
    let error = ApiError::failed_precondition(format!("{}{cause}", message.trim_end_matches('.')));
    Err(error.violating(
        &format!("constraints/{}", MEMBER_DOMAINS.name),
        &subject(&format!("orgpolicy:{node}"), value),
        &format!("User {value} is not in permitted organization."),
    ))
}
