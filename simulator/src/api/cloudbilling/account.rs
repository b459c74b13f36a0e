//! What is known of a billing account.

use crate::{Cloud, iam::Node};

/// A billing account. A setting of the world, which is not journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingAccount {
    /// The displayed name; the account's ID by default.
    pub display_name: Option<String>,
    /// The currency, in ISO 4217 (`USD`).
    pub currency_code: String,
    /// Whether the account pays. Projects can be linked to one that is closed, but
    /// their billing is disabled.
    pub open: bool,
    /// How many projects can be linked to the account.
    pub project_quota: Option<usize>,
}

impl Default for BillingAccount {
    fn default() -> Self {
        Self {
            display_name: None,
            currency_code: "USD".to_owned(),
            open: true,
            project_quota: None,
        }
    }
}

impl Cloud {
    /// Sets what is known of the billing account with this ID
    /// (`012345-6789AB-CDEF01`).
    pub fn set_billing_account(&mut self, id: &str, account: BillingAccount) {
        self.billing_accounts
            .insert(format!("billingAccounts/{id}"), account);
    }

    /// The account with this name (`billingAccounts/012345-6789AB-CDEF01`).
    pub(crate) fn billing_account(&self, name: &str) -> BillingAccount {
        self.billing_accounts.get(name).cloned().unwrap_or_default()
    }

    /// Whether a project is linked to an account that pays, as documented.
    pub(crate) fn has_billing(&self, project: &Node) -> bool {
        let account = project.billing_account.as_deref();
        account.is_some_and(|account| self.billing_account(account).open)
    }
}
