//! Billing accounts as the world has them.

use super::BillingAccount;
use crate::{Cloud, iam::Node};

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
