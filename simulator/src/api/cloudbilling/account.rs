//! What is known of a billing account.

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
