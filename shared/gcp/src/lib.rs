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
mod operation;
mod paging;
pub mod policy;
mod publish;
mod request;
mod retry;
mod rpc;
#[cfg(test)]
mod testing;
mod transport;

pub use class::{Class, Classify};
pub use client::{Client, Response, SCOPES};
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, TokenError, chain};
pub use gcp_auth::TokenProvider;
pub use grant::{BindingScope, grants};
pub use method::{Idempotency, Method, RequiredPermission, ResponseKind};
pub use operation::{InvalidOperation, Operation, OperationError, wait};
pub use paging::Pages;
pub use policy::Policy;
pub use publish::{Message, Publisher, RestPublisher};
pub use request::{Body, Request};
pub use retry::{RetryPolicy, jitter};
pub use transport::{BoxFuture, ReqwestTransport, ResponseTimeout, SendError, Transport};
