//! Which project a resource is in: nothing in a project can be seen before it
//! exists, and all of it is deleted with it. Pure.

use crate::{DeploymentRecord, PolicyTarget, ResourceId, ResourceRecord};
use names::ProjectId;

/// More than the levels of any manifest; ends a record that is not groundcrew's.
const MAX_DEPTH: u32 = 5;

impl ResourceId {
    /// The project that its name names.
    #[must_use]
    pub fn project(&self) -> Option<ProjectId> {
        if let Self::Project(project)
        | Self::Billing(project)
        | Self::Lien(project)
        | Self::NoDefaultNetwork(project)
        | Self::Policy(PolicyTarget::Project(project))
        | Self::AutomaticGrants(PolicyTarget::Project(project)) = self
        {
            return Some(project.clone());
        }
        let text = self.to_string();
        let in_path = text.split_once("projects/").map(|(_, rest)| rest);
        let in_address = || {
            text.strip_suffix(".iam.gserviceaccount.com")?
                .split_once('@')
        };
        let project = in_path.or_else(|| in_address().map(|(_, project)| project))?;
        project.split('/').next()?.parse().ok()
    }
}

/// The project that contains a recorded resource: the one that its name names, or
/// that of what it depends on (a bucket's API). A folder, a billing account and what
/// they have are in none.
pub(crate) fn containing_project(
    id: &ResourceId,
    entry: &ResourceRecord,
    record: &DeploymentRecord,
) -> Option<ProjectId> {
    search(id, entry, record, MAX_DEPTH)
}

fn search(
    id: &ResourceId,
    entry: &ResourceRecord,
    record: &DeploymentRecord,
    depth: u32,
) -> Option<ProjectId> {
    if let ResourceId::ResourceFolder(_)
    | ResourceId::Budget(_)
    | ResourceId::Policy(PolicyTarget::ResourceFolder(_) | PolicyTarget::BillingAccount(_))
    | ResourceId::AutomaticGrants(PolicyTarget::ResourceFolder(_)) = id
    {
        return None;
    }
    id.project().or_else(|| {
        let mut dependencies = entry.depends_on.iter();
        dependencies.find_map(|id| {
            let entry = record.entries.get(id)?;
            search(id, entry, record, depth.checked_sub(1)?)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_project() {
        for (id, project) in [
            (
                "api projects/demo-project/services/iam.googleapis.com",
                true,
            ),
            ("account a@demo-project.iam.gserviceaccount.com", true),
            (
                "policy of account a@demo-project.iam.gserviceaccount.com",
                true,
            ),
            ("policy of project demo-project", true),
            ("lien on demo-project", true),
            ("project demo-project", true),
            ("bucket demo-project", false),
            ("resource-folder folders/1/demo-project", false),
            (
                "policy of billing-account billingAccounts/012345-6789AB-CDEF01",
                false,
            ),
        ] {
            let found = id.parse::<ResourceId>().expect(id).project();
            let found = found.as_ref().map(ProjectId::as_str);
            assert_eq!(found, project.then_some("demo-project"), "{id}");
        }
    }
}
