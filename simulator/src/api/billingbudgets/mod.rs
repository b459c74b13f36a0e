//! Cloud Billing Budgets v1: budgets of billing accounts. Nothing is spent here, so
//! that no notification is ever sent. Spend caps are not simulated.
//!
//! Unverified: the field in the details of an error (its message is Google's, from
//! bug reports), that a topic must exist, and that unknown projects are refused.

mod budget;
#[cfg(test)]
mod tests;

pub(crate) use budget::BUDGET;
