//! Where tokens come from. The seam is [`gcp_auth::TokenProvider`].

mod impersonated;

pub use impersonated::Impersonated;
