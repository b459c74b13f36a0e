//! The organisation's directory: who its users and administrators are.

/// What is known of the accounts of an organisation, besides its groups. A setting
/// of the world, which is not journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// ID of the Google Workspace or Cloud Identity customer (`C01234567`).
    pub customer: String,
    /// The domains whose accounts are in the directory, the primary one first. If
    /// there are none, all addresses are taken as existing.
    pub domains: Vec<String>,
    /// Addresses of the administrators of groups: users and service accounts.
    pub administrators: Vec<String>,
    /// Addresses of the users in the domains. If `None`, all are taken as existing.
    pub users: Option<Vec<String>>,
    /// Whether the customer has Cloud Identity Premium or an Enterprise edition, which
    /// the methods on transitive memberships require.
    pub premium: bool,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            customer: "C00000000".to_owned(),
            domains: Vec::new(),
            administrators: Vec::new(),
            users: None,
            premium: false,
        }
    }
}

impl Directory {
    /// The primary domain.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.domains.first().map(String::as_str)
    }

    /// Whether an account with this address would be in the directory.
    pub(crate) fn manages(&self, email: &str) -> bool {
        let (_, host) = email.rsplit_once('@').unwrap_or_default();
        self.domains.iter().any(|domain| domain == host)
    }

    /// Whether there is a user with this address, as far as is known.
    pub(crate) fn has_user(&self, email: &str) -> bool {
        let users = self.users.as_ref();
        !self.manages(email) || users.is_none_or(|users| users.iter().any(|user| user == email))
    }
}
