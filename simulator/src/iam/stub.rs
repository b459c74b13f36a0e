//! Stands in for the IAM engine until it is merged: whoever is granted
//! anything anywhere may do everything.

use super::{Iam, Principal, Resource, Token};
use crate::{Answer, ApiError, Call, Cloud};
use names::{Duration, Timestamp};

pub(crate) fn policy_get(_: &Cloud, _: &str, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("getIamPolicy"))
}

pub(crate) fn policy_set(_: &mut Cloud, _: &str, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("setIamPolicy"))
}

pub(crate) fn policy_test(_: &Cloud, _: &Resource, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("testIamPermissions"))
}

impl Resource {
    /// The full name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("//{}/{}", self.service, self.name)
    }
}

impl Iam {
    pub(crate) fn displace(&mut self, _full_name: &str) {}

    pub(crate) fn bearer(&self, header: &[u8]) -> Option<Principal> {
        let token = std::str::from_utf8(header).ok()?.strip_prefix("Bearer ")?;
        Some(self.tokens.get(token)?.principal.clone())
    }
}

impl Cloud {
    /// An id token of `email` for `audience`.
    pub fn id_token(
        &mut self,
        email: &str,
        audience: &str,
        _claims: serde_json::Map<String, serde_json::Value>,
        _now: Timestamp,
    ) -> String {
        format!("{email} for {audience}")
    }

    /// Adds a project.
    pub fn add_project(&mut self, _id: &str, _number: u64, _parent: Option<&str>) {}

    /// Adds a service account.
    pub fn add_account(&mut self, project: &str, account_id: &str) -> String {
        format!("{account_id}@{project}.iam.gserviceaccount.com")
    }

    /// Grants everything to `member`.
    pub fn grant(&mut self, _name: &str, _role: &str, member: &str, _condition: Option<&str>) {
        let expires = Timestamp::from_seconds(0) + Duration::MAX;
        let principal = Principal(member.to_owned());
        self.iam
            .tokens
            .insert(format!("granted {member}"), Token { principal, expires });
    }

    /// A bearer token.
    pub fn mint(&mut self, principal: &Principal, now: Timestamp) -> String {
        let token = Token {
            principal: principal.clone(),
            expires: now,
        };
        self.iam.tokens.insert(format!("token-{principal}"), token);
        format!("token-{principal}")
    }
}
