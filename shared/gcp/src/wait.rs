//! Waiting for a long-running operation.

use crate::{Backoff, Client, Error, Operation, Request, poll};
use names::{Duration, Timestamp};

const BACKOFF: Backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(10));

/// Polls an operation until it is done or `deadline` has passed by the
/// client's clock, and returns it as it was read last. `get` is the request
/// that reads it; its method determines the operation's representation.
///
/// # Errors
/// A call failed. A failed operation is not an error: see [`Operation::error`].
pub async fn wait(client: &Client, get: &Request, deadline: Timestamp) -> Result<Operation, Error> {
    let is_done = |operation: &Operation| operation.done;
    poll::until(&**client.clock(), BACKOFF, deadline, is_done, || {
        client.operation(get)
    })
    .await
}

/// Sends `wait`, whose method waits on the server for up to two minutes, or
/// `get` if that takes longer than `longest`.
pub(crate) async fn wait_or_get(
    client: &Client,
    wait: Request,
    get: &Request,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = wait.timeout(Duration::from_secs(130));
    match tokio::time::timeout(longest, client.operation(&wait)).await {
        Ok(result) => result,
        Err(_) => client.operation(get).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute;
    use crate::testing::{Scripted, SetClock, respond};
    use names::Clock;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn waits_until_done_or_the_deadline() {
        let clock = SetClock::new();
        let get = compute::zone_operation(
            &"project-1".parse().expect("valid"),
            &"us-central1-a".parse().expect("valid"),
            "operation-1",
        );
        let after = |deadline: u64, done_at: usize| {
            let scripted = Scripted::new(move |n, _| {
                let status = if n >= done_at { "DONE" } else { "RUNNING" };
                respond(200, json!({"name": "operation-1", "status": status}))
            });
            let client = scripted.client(&clock);
            let deadline = clock.now() + Duration::from_secs(deadline);
            let get = get.clone();
            async move { wait(&client, &get, deadline).await.expect("answers").done }
        };
        assert!(after(60, 3).await);
        assert!(!after(5, usize::MAX).await);
        assert!(!after(0, 1).await);
    }
}
