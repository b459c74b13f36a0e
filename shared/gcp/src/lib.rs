//! Google Cloud's APIs as groundcrew calls them.
//!
//! A method is data ([`Method`]): from one table come the request, its retry,
//! the contract test and each identity's least-privilege roles. Bytes leave
//! through one seam ([`Transport`]), tokens enter through another
//! ([`gcp_auth::TokenProvider`]), messages are published through a third
//! ([`Publisher`]).

mod class;
mod client;
pub mod credentials;
mod endpoints;
mod error;
mod grant;
mod method;
pub mod methods;
mod publish;
mod request;
mod transport;

pub use class::{Class, Classify};
pub use client::{Client, Response};
pub use endpoints::Endpoints;
pub use error::{Error, Kind};
pub use gcp_auth::TokenProvider;
pub use grant::{Scope, grants};
pub use method::{Answer, Method, Need, Repeat};
pub use publish::{Message, Publisher, RestPublisher};
pub use request::{Body, Request};
pub use transport::{BoxFuture, SendError, Transport};
