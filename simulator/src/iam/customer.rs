//! The customers of Google that own organisations.

/// The Google Workspace or Cloud Identity customer of an organisation.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// `C0abc1234`.
    pub(super) id: String,
    pub(super) domains: Vec<String>,
}
