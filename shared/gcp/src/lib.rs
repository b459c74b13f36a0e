//! Google Cloud's APIs as groundcrew calls them.
//!
//! A method is data ([`Method`]): requests, retries, the contract test and each
//! identity's least-privilege roles are derived from its declaration. Requests
//! are sent through a [`Transport`], access tokens come from a
//! [`gcp_auth::TokenProvider`], and messages are published by a [`Publisher`].

mod api_path;
mod cause;
mod class;
mod client;
mod collection;
pub mod credentials;
mod declare;
mod encode;
mod endpoints;
mod error;
mod grant;
mod jitter;
mod method;
pub mod methods;
mod operation;
mod paging;
mod permission;
pub mod policy;
pub mod poll;
mod publish;
mod required;
mod rest_publisher;
mod retry;
mod rpc;
mod standard;
mod template;
#[cfg(test)]
mod testing;
mod transport;
mod wait;

pub use api_path::ApiPath;
pub use cause::{DisabledApi, RefusalCause};
pub use class::{Class, Classify};
pub use client::{Client, Response, SCOPES};
pub use collection::{Collection, Named, NewId, OperationMethods, ResourceName};
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, TokenError, chain};
pub use gcp_auth::TokenProvider;
pub use grant::{BindingScope, grants};
pub use method::{Body, Idempotency, Method, Request, ResponseKind};
pub use operation::{InvalidOperation, Operation, OperationError};
pub use paging::Pages;
pub use permission::{On, RequiredPermission};
pub use policy::Policy;
pub use poll::Backoff;
pub use publish::{Message, Publisher};
pub use rest_publisher::RestPublisher;
pub use retry::RetryPolicy;
pub use standard::Answer;
pub use transport::{BoxFuture, ReqwestTransport, ResponseTimeout, SendError, Transport};
pub use wait::wait;
