//! Refusals that a test or a user declares: a 403 is not always a missing
//! permission. Bodies as quoted in public bug reports.

/// Why calls are refused, whatever the permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredRefusal {
    /// Too many requests in a minute.
    RateLimit,
    /// A constraint of the organization, such as
    /// `constraints/iam.allowedPolicyMemberDomains`.
    Constraint(String),
    /// The perimeter of VPC Service Controls.
    Perimeter,
}
