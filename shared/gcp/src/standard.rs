//! The standard methods of all [`crate::Collection`]s.

use crate::{
    ApiPath, Client, Collection, Error, Operation, Pages, Policy, Request, ResourceName,
    ResponseKind,
    wait::{wait, wait_or_get},
};
use names::{Duration, Timestamp};
use serde_json::Value;

/// What a method that creates, changes or deletes returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done; the resource, where the method returns it.
    Done(Value),
    /// A long-running operation, as it began.
    Operation(Operation),
}

impl Client {
    /// Reads a resource.
    ///
    /// # Errors
    /// The call failed; 404 if the resource does not exist. Some APIs respond
    /// with 403 to callers that may not see whether it does, and IAM with 403 or
    /// 404 for a while after an account was created.
    pub async fn get<N: ResourceName>(&self, name: &N) -> Result<N::Resource, Error> {
        self.json(&N::COLLECTION.get(&name.path())).await
    }

    /// Lists all resources of a parent.
    ///
    /// # Errors
    /// A call failed.
    pub async fn list<N: ResourceName>(
        &self,
        parent: &(impl ApiPath + ?Sized),
    ) -> Result<Vec<N::Listed>, Error> {
        let request = N::COLLECTION.list(&parent.path());
        Pages::new(self, request).all(N::COLLECTION.items).await
    }

    /// Creates a resource with these fields.
    ///
    /// # Errors
    /// The call failed; 409 if the resource already exists, 404 if its parent
    /// does not.
    pub async fn create<N: ResourceName>(&self, name: &N, fields: Value) -> Result<Answer, Error> {
        self.answer(&N::COLLECTION.create(&name.path(), fields))
            .await
    }

    /// Changes these fields of a resource; a field that is null is cleared.
    ///
    /// # Errors
    /// The call failed; 404 if the resource does not exist.
    pub async fn patch<N: ResourceName>(&self, name: &N, fields: Value) -> Result<Answer, Error> {
        self.answer(&N::COLLECTION.patch(&name.path(), fields))
            .await
    }

    /// Deletes a resource.
    ///
    /// # Errors
    /// The call failed; 404 if the resource does not exist, 400 or 409 if it is
    /// in use.
    pub async fn delete<N: ResourceName>(&self, name: &N) -> Result<Answer, Error> {
        self.answer(&N::COLLECTION.delete(&name.path())).await
    }

    /// Reads the IAM policy of a resource, conditions included.
    ///
    /// # Errors
    /// The call failed. Most APIs respond with 403 rather than 404 to callers that
    /// may not see whether the resource exists.
    pub async fn policy<N: ResourceName>(&self, name: &N) -> Result<Policy, Error> {
        self.json(&N::COLLECTION.get_policy(&name.path())).await
    }

    /// Replaces the IAM policy of a resource, and returns the policy as stored.
    ///
    /// # Errors
    /// The call failed. [`crate::Class::Conflict`] (409 or 412) if the policy has
    /// changed since it was read: read it again.
    pub async fn set_policy<N: ResourceName>(
        &self,
        name: &N,
        policy: &Policy,
    ) -> Result<Policy, Error> {
        self.json(&N::COLLECTION.set_policy(&name.path(), policy))
            .await
    }

    /// Sends a request that creates, changes or deletes.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn answer(&self, request: &Request) -> Result<Answer, Error> {
        match request.method().response {
            ResponseKind::ComputeOperation
            | ResponseKind::Operation
            | ResponseKind::ContainerOperation => {
                self.operation(request).await.map(Answer::Operation)
            }
            ResponseKind::Json => self.json(request).await.map(Answer::Done),
            ResponseKind::Media | ResponseKind::Empty => {
                self.send(request).await?;
                Ok(Answer::Done(Value::Null))
            }
        }
    }

    /// Waits until `operation` on the resource of that path is done or `deadline`
    /// has passed, and returns it as it was read last. The first call waits on
    /// the server, for at most `longest` and two minutes.
    ///
    /// # Errors
    /// A call failed. A failed operation is not an error: see [`Operation::error`].
    pub async fn finish(
        &self,
        collection: &Collection,
        path: &str,
        operation: Operation,
        longest: Duration,
        deadline: Timestamp,
    ) -> Result<Operation, Error> {
        let Some([get, waiting]) = collection.operation(path, &operation.name) else {
            return Ok(operation);
        };
        if operation.done {
            return Ok(operation);
        }
        let first = wait_or_get(self, waiting, &get, longest).await?;
        match first.done {
            true => Ok(first),
            false => wait(self, &get, deadline).await,
        }
    }
}

impl Collection {
    /// The requests that read the operation of this name on the resource of that
    /// path, and that wait for it; `None` if its operations are not waited for.
    /// Only Compute Engine's names are not paths.
    #[must_use]
    pub fn operation(&self, path: &str, name: &str) -> Option<[Request; 2]> {
        let methods = self.operations?;
        let scope = path.rsplitn(3, '/').last().unwrap_or(path);
        let path = match name.contains('/') {
            true => name.to_owned(),
            false => format!("{scope}/operations/{name}"),
        };
        Some([&methods.get, &methods.wait].map(|method| Request::on(method, &path)))
    }
}
