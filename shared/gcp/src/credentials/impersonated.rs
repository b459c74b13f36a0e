//! Tokens of another service account, minted by one's own identity.

use super::{InvalidateTokens, cache::Cache, token};
use crate::{BoxFuture, Client, methods::iamcredentials};
use async_trait::async_trait;
use gcp_auth::{Error, Token, TokenProvider};
use names::{Duration, ServiceAccountEmail};
use std::sync::Arc;

/// The longest that Google allows without an organisation policy.
const LIFETIME: Duration = Duration::from_secs(3600);
const MARGIN: Duration = Duration::from_secs(60);

/// Tokens of `account`, minted through `client`.
pub struct ImpersonatedCredentials {
    client: Client,
    account: ServiceAccountEmail,
    tokens: Cache<Arc<Token>>,
}

impl ImpersonatedCredentials {
    /// Tokens of `account`, minted as whom `client` acts. Each is kept until a
    /// minute before it expires by the client's clock.
    #[must_use]
    pub fn new(client: Client, account: ServiceAccountEmail) -> Self {
        let tokens = Cache::new(Arc::clone(client.clock()), MARGIN);
        Self {
            client,
            account,
            tokens,
        }
    }
}

#[async_trait]
impl TokenProvider for ImpersonatedCredentials {
    async fn token(&self, scopes: &[&str]) -> Result<Arc<Token>, Error> {
        let minted = async {
            let minted = iamcredentials::generate_access_token(
                &self.client,
                &self.account,
                scopes,
                LIFETIME,
            )
            .await
            .map_err(|e| Error::Other("minting a token of another account", Box::new(e)))?;
            let left = minted.expire_time.since(self.client.clock().now());
            Ok((
                token(&minted.access_token, left.as_secs())?,
                minted.expire_time,
            ))
        };
        self.tokens.get(&scopes.join(" "), minted).await
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        Err(Error::Str(
            "an impersonated account has no project of its own",
        ))
    }
}

impl InvalidateTokens for ImpersonatedCredentials {
    fn forget(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tokens.clear())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, SetClock, answer};
    use crate::{Class, Classify, ErrorKind, methods::compute};
    use http::header::AUTHORIZATION;
    use names::Clock;
    use serde_json::json;

    fn account() -> ServiceAccountEmail {
        "resource-manager@project-1.iam.gserviceaccount.com"
            .parse()
            .expect("valid")
    }

    /// Mints `minted-0`, `minted-1`, …; any other call is answered with `status`.
    fn google(clock: &Arc<SetClock>, status: fn(&str) -> u16) -> Arc<Scripted> {
        let clock = Arc::clone(clock);
        Scripted::new(move |n, request| {
            if request.uri().path().ends_with(":generateAccessToken") {
                let expires = clock.now() + LIFETIME;
                return answer(
                    200,
                    json!({"accessToken": format!("minted-{n}"), "expireTime": expires}),
                );
            }
            let bearer = request.headers()[AUTHORIZATION].to_str().expect("text");
            answer(
                status(bearer),
                json!({"name": "us-central1-a", "status": "UP"}),
            )
        })
    }

    async fn call(client: &Client) -> Result<compute::Zone, crate::Error> {
        let zone = "us-central1-a".parse().expect("valid");
        compute::get_zone(client, &"project-1".parse().expect("valid"), &zone).await
    }

    fn paths(scripted: &Scripted) -> Vec<bool> {
        let mints = |r: &http::Request<_>| r.uri().path().contains("generateAccessToken");
        scripted.seen().iter().map(mints).collect()
    }

    #[tokio::test]
    async fn one_token_serves_many_calls_until_a_minute_before_its_end() {
        let clock = SetClock::new();
        let google = google(&clock, |_| 200);
        let client = google.client(&clock).acting_as(&account());
        let (a, b, c) = tokio::join!(call(&client), call(&client), call(&client));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        assert_eq!(paths(&google), [true, false, false, false]);
        let first = &google.seen()[0];
        assert_eq!(first.headers()[AUTHORIZATION], "Bearer own");
        assert_eq!(
            first.uri().path(),
            "/v1/projects/-/serviceAccounts/resource-manager@project-1.iam.gserviceaccount.com:generateAccessToken"
        );
        assert_eq!(google.seen()[1].headers()[AUTHORIZATION], "Bearer minted-0");

        clock.advance(Duration::from_secs(3539));
        call(&client).await.expect("still good");
        clock.advance(Duration::from_secs(1));
        call(&client).await.expect("a new one");
        assert_eq!(paths(&google)[4..], [false, true, false]);
    }

    #[tokio::test]
    async fn a_refused_token_is_dropped_once() {
        let clock = SetClock::new();
        let google = google(&clock, |bearer| match bearer {
            "Bearer minted-0" => 401,
            _ => 200,
        });
        let client = google.client(&clock).acting_as(&account());
        call(&client).await.expect("the second token is good");
        assert_eq!(paths(&google), [true, false, true, false]);

        let never = self::google(&clock, |_| 401);
        let client = never.client(&clock).acting_as(&account());
        let error = call(&client).await.expect_err("refused twice");
        assert_eq!(error.status(), Some(401));
        assert_eq!(paths(&never), [true, false, true, false]);
        // The client's own token is given: there is no newer one to try.
        let error = call(&never.client(&clock)).await.expect_err("refused");
        assert_eq!(error.status(), Some(401));
        assert_eq!(paths(&never).len(), 5);
    }

    #[tokio::test]
    async fn a_refusal_to_mint_keeps_googles_words() {
        let words = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
        let google = Scripted::new(move |_, _| {
            answer(
                403,
                json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": words}}),
            )
        });
        let client = google.client(&SetClock::new()).acting_as(&account());
        let error = call(&client).await.expect_err("no token");
        assert!(matches!(&error.kind, ErrorKind::Token(t) if t.status == Some(403)));
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.class(), Class::Denied);
    }
}
