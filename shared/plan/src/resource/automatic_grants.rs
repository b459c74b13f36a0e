//! The grants that Google makes by itself when a project or folder is created: to
//! its creator and, by Editor, to default service accounts. They are taken back,
//! after everything that may need them.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    policy,
    row::Sent,
};
use crate::{
    CompareRule, DesiredFields, Fault, FieldValue, ObservedGrant, ObservedState, PolicyTarget,
    ResourceId, StepInput,
};
use gcp::{ApiPath, Client, Collection, Error, Policy, Request};
use names::DeploymentId;
use std::collections::BTreeSet;

/// That nobody has the grants which Google makes when a project or folder is
/// created: Owner on a project, the roles of a folder's creator, and Editor of
/// default service accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomaticGrants {
    /// The project or folder.
    pub target: PolicyTarget,
    /// Whether default service accounts keep Editor.
    pub keeps_default_accounts: bool,
    /// What is done before: it may need them.
    pub after: BTreeSet<ResourceId>,
}

const GRANTS: &str = "grants";
const OF_DEFAULT_ACCOUNTS: &str = "default-account-grants";

/// Conditional bindings are others' work.
fn is_of_creator(target: &PolicyTarget, grant: &ObservedGrant) -> bool {
    let roles: &[&str] = match target {
        PolicyTarget::ResourceFolder(_) => &[
            "roles/resourcemanager.folderAdmin",
            "roles/resourcemanager.folderEditor",
        ],
        PolicyTarget::Project(_)
        | PolicyTarget::Account(_)
        | PolicyTarget::Key(_)
        | PolicyTarget::Bucket(_)
        | PolicyTarget::Folder(_)
        | PolicyTarget::Topic(_)
        | PolicyTarget::BillingAccount(_) => &["roles/owner"],
    };
    grant.condition.is_none() && roles.contains(&grant.role.as_str())
}

/// Whether an address, or a member of a policy, is a default service account of
/// Compute Engine or App Engine.
#[must_use]
pub fn is_default_account(address: &str) -> bool {
    let hosts = [
        "-compute@developer.gserviceaccount.com",
        "@appspot.gserviceaccount.com",
    ];
    hosts.iter().any(|host| address.ends_with(host))
}

/// Google's agents keep theirs: managed services need them.
fn is_of_default_account(grant: &ObservedGrant) -> bool {
    grant.role == "roles/editor" && is_default_account(&grant.member)
}

/// It has no row: what is wanted is nothing.
impl Kind for AutomaticGrants {
    type Name = PolicyTarget;

    const COLLECTION: &'static Collection = &Collection::EMPTY;
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;

    fn name(&self) -> PolicyTarget {
        self.target.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        self.after.iter().cloned().collect()
    }

    fn desired_fields(&self, _: Option<&DeploymentId>) -> DesiredFields {
        let none = || (FieldValue::Grants(BTreeSet::new()), CompareRule::Exactly);
        let mut fields = DesiredFields::from([(GRANTS, none())]);
        if !self.keeps_default_accounts {
            fields.insert(OF_DEFAULT_ACCOUNTS, none());
        }
        fields
    }

    fn calls(&self) -> Vec<Request> {
        let (collection, path) = (self.target.collection(), self.target.path());
        vec![
            collection.get_policy(&path),
            collection.set_policy(&path, &Policy::default()),
        ]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        input: &StepInput,
    ) -> Result<Option<String>, Fault> {
        self.change(context, input, Sent::Changed).await?;
        Ok(None)
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        let is_removed = |grant: &ObservedGrant| {
            is_of_creator(&self.target, grant)
                || is_of_default_account(grant) && !self.keeps_default_accounts
        };
        policy::remove_where(context.client, &self.target, is_removed).await
    }

    async fn observe(
        client: &Client,
        target: &PolicyTarget,
    ) -> Result<Option<ObservedState>, Error> {
        let grants = policy::grants_of(&policy::read(client, target).await?);
        let those = |is: &dyn Fn(&ObservedGrant) -> bool| {
            FieldValue::Grants(grants.iter().filter(|grant| is(grant)).cloned().collect())
        };
        Ok(Some(ObservedState {
            fields: [
                (GRANTS, those(&|grant| is_of_creator(target, grant))),
                (OF_DEFAULT_ACCOUNTS, those(&is_of_default_account)),
            ]
            .into(),
            ..ObservedState::existing()
        }))
    }

    /// There is nothing to undo.
    async fn delete(_: &Context<'_>, _: &PolicyTarget, _: &StepInput) -> Result<Deletion, Fault> {
        Ok(Deletion::Done)
    }
}
