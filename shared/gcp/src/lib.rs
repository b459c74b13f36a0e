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
mod encode;
mod endpoints;
mod error;
mod grant;
mod method;
pub mod methods;
mod operation;
mod paging;
mod permission;
pub mod policy;
pub mod poll;
mod publish;
mod retry;
mod rpc;
#[cfg(test)]
mod testing;
mod transport;
mod wait;

pub use class::{Class, Classify};
pub use client::{Client, Response};
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, TokenError, chain};
pub use gcp_auth::TokenProvider;
pub use grant::{BindingScope, grants};
pub use method::{Body, Idempotency, Method, Request, ResponseKind};
pub use operation::{InvalidOperation, Operation, OperationError};
pub use paging::Pages;
pub use permission::RequiredPermission;
pub use policy::Policy;
pub use poll::Backoff;
pub use publish::{Message, Publisher, PubsubPublisher, RestPublisher};
pub use retry::{RetryPolicy, jitter};
pub use transport::{BoxFuture, ReqwestTransport, ResponseTimeout, SendError, Transport};
pub use wait::wait;
