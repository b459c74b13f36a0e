//! Which permissions the caller lacks, before anything is made: a product that
//! stops half way leaves a folder and projects behind.

use crate::{Spec, calls::but_deletion};
use gcp::{
    Client, Request,
    methods::{cloudbilling, resourcemanager},
};
use names::{BillingAccountName, ParentName};
use plan::{Action, Plan, Step};
use std::{collections::BTreeSet, fmt};

/// The most permissions that one call tests (`testIamPermissions`: 100).
const MAX_TESTED: usize = 100;

/// Permissions that the caller lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// On what contains the product's folder.
    pub on_parent: (ParentName, BTreeSet<&'static str>),
    /// On the billing account.
    pub on_billing_account: (BillingAccountName, BTreeSet<&'static str>),
}

impl Missing {
    /// The permissions, and where they are missing.
    pub(crate) fn permissions(&self) -> String {
        let (parent, on_parent) = &self.on_parent;
        let (account, on_account) = &self.on_billing_account;
        let all = [(parent.as_str(), on_parent), (account.as_str(), on_account)];
        let all = all.into_iter().filter(|(_, missing)| !missing.is_empty());
        let all = all.map(|(on, missing)| format!("on {on}: {}", list(missing)));
        all.collect::<Vec<_>>().join("; ")
    }
}

fn list(permissions: &BTreeSet<&str>) -> String {
    let permissions: Vec<&str> = permissions.iter().copied().collect();
    permissions.join(", ")
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was changed: you lack")?;
        let (parent, on_parent) = &self.on_parent;
        if !on_parent.is_empty() {
            write!(
                f,
                " on {parent}: {} (ask its administrator for roles/owner, roles/storage.admin, \
                 roles/resourcemanager.folderAdmin, roles/resourcemanager.projectCreator and \
                 roles/billing.projectManager there)",
                list(on_parent)
            )?;
        }
        let (account, on_account) = &self.on_billing_account;
        if !on_account.is_empty() {
            let and = if on_parent.is_empty() { "" } else { ";" };
            write!(
                f,
                "{and} on {account}: {} (ask for roles/billing.admin, or have its administrator \
                 apply)",
                list(on_account)
            )?;
        }
        Ok(())
    }
}

/// The permissions that applying `plan` requires, and that the caller has neither on
/// the parent, from which everything in the product inherits, nor on the billing
/// account.
pub(crate) async fn missing(
    client: &Client,
    plan: &Plan,
    spec: &Spec,
) -> Result<Option<Missing>, gcp::Error> {
    let requests: Vec<Request> = plan.steps.iter().flat_map(calls).collect();
    let (mut on_parent, mut on_account) = (BTreeSet::new(), BTreeSet::new());
    let account = spec.billing_account.as_str();
    for required in requests.iter().flat_map(Request::required) {
        match required.resource.contains(account) {
            true => on_account.insert(required.permission),
            false => on_parent.insert(required.permission),
        };
    }
    let mut granted = BTreeSet::new();
    let wanted: Vec<&str> = on_parent.iter().copied().collect();
    for tested in wanted.chunks(MAX_TESTED) {
        let tested = resourcemanager::test_folder_permissions(client, &spec.parent, tested);
        granted.extend(tested.await?);
    }
    on_parent.retain(|permission| !granted.contains(*permission));
    let wanted: Vec<&str> = on_account.iter().copied().collect();
    let account = &spec.billing_account;
    let granted: Vec<String> = match wanted.is_empty() {
        true => Vec::new(),
        false => cloudbilling::test_iam_permissions(client, account, &wanted).await?,
    };
    on_account.retain(|permission| !granted.iter().any(|has| has == permission));
    let is_missing = !on_parent.is_empty() || !on_account.is_empty();
    Ok(is_missing.then(|| Missing {
        on_parent: (spec.parent.clone(), on_parent),
        on_billing_account: (account.clone(), on_account),
    }))
}

/// The requests of a step that makes a change, but those that delete.
fn calls(step: &Step) -> Vec<Request> {
    if step.is_noop() || matches!(step.action, Action::Refuse { .. }) {
        return Vec::new();
    }
    step.resource.iter().flat_map(but_deletion).collect()
}
