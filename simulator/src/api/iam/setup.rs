//! Service accounts and custom roles that are there from the start, or from an
//! earlier run.

use super::{
    accounts::{self, SERVICE_ACCOUNT},
    roles::{self, ORGANIZATION_ROLE, PROJECT_ROLE},
};
use crate::{Cloud, collection::Kind};
use names::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Cloud {
    /// Adds a service account, unless it exists, and returns its address.
    pub fn add_account(&mut self, project: &str, account_id: &str) -> String {
        let email = format!("{account_id}@{project}.iam.gserviceaccount.com");
        if self.iam.account(&email).is_none() {
            let at = Timestamp::from_seconds(0);
            add_account(self, project, &email, json!({}), at);
        }
        email
    }

    /// Adds or replaces a custom role, `projects/p/roles/r` or
    /// `organizations/1/roles/r`.
    pub fn add_role(&mut self, name: &str, permissions: &[&str]) {
        let kind = match name.starts_with("projects/") {
            true => &PROJECT_ROLE,
            false => &ORGANIZATION_ROLE,
        };
        let permissions: BTreeSet<&&str> = permissions.iter().collect();
        let body = json!({ "title": name, "stage": "GA", "includedPermissions": permissions });
        let (uid, at) = (self.resources.next_id(), Timestamp::from_seconds(0));
        let row = kind.new_row(uid, at, body);
        kind.store(self, name, row);
        self.agenda.cancel(&kind.resource(name).full_name());
        roles::load(self, name);
    }
}

/// Adds a service account that does not exist.
pub(crate) fn add_account(
    cloud: &mut Cloud,
    project: &str,
    email: &str,
    body: Value,
    now: Timestamp,
) {
    let name = format!("projects/{project}/serviceAccounts/{email}");
    let row = SERVICE_ACCOUNT.new_row(cloud.resources.next_id(), now, body);
    SERVICE_ACCOUNT.store(cloud, &name, row);
    accounts::load(cloud, &name);
}

/// Tells IAM of all accounts and roles, after their rows were restored.
pub(crate) fn restored(cloud: &mut Cloud) {
    let names = |cloud: &Cloud, kind: &'static Kind| -> Vec<String> {
        let rows = kind.rows(cloud, "");
        rows.map(|(name, _)| name.to_owned()).collect()
    };
    for name in names(cloud, &SERVICE_ACCOUNT) {
        accounts::load(cloud, &name);
    }
    // Those of organisations have the same type.
    for name in names(cloud, &PROJECT_ROLE) {
        roles::load(cloud, &name);
    }
}
