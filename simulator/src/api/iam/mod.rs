//! IAM v1, Service Account Credentials v1, and the keys of Google's ID tokens.

mod accounts;
mod credentials;
mod custom_roles;
mod request;
mod routes;
#[cfg(test)]
mod tests;

pub(crate) use routes::ROUTES;
