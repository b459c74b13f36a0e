//! Lists that Google returns in pages (`pageToken`, `nextPageToken`).

use crate::{Client, Error, ErrorKind, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads a list page by page, one request each.
pub struct Pages<'a> {
    client: &'a Client,
    request: Request,
    /// The token of the page to fetch; empty for the first, `None` after the last.
    next: Option<String>,
    seen: BTreeSet<String>,
}

impl<'a> Pages<'a> {
    /// The pages of the list that `request` asks for, from the first.
    #[must_use]
    pub fn new(client: &'a Client, request: Request) -> Self {
        Self {
            client,
            request,
            next: Some(String::new()),
            seen: BTreeSet::new(),
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// A call failed, or the page cannot be deserialized, or its next page
    /// token was returned before: such a list would never end.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let Some(token) = self.next.clone() else {
            return Ok(None);
        };
        let request = match token.as_str() {
            "" => self.request.clone(),
            token => self.request.clone().query("pageToken", token),
        };
        let page: Value = self.client.json(&request).await?;
        let invalid = |text| Error::new(&request, ErrorKind::InvalidResponse(text));
        let next = match page["nextPageToken"].as_str() {
            None | Some("") => None,
            Some(token) => Some(token.to_owned()),
        };
        if let Some(token) = &next
            && !self.seen.insert(token.clone())
        {
            return Err(invalid("the same page token was returned twice".into()));
        }
        let page = serde_json::from_value(page).map_err(|e| invalid(e.to_string()))?;
        self.next = next;
        Ok(Some(page))
    }

    /// The items of all pages, in order; each page has its own in `field`.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn all<T: DeserializeOwned>(mut self, field: &str) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(mut page) = self.next::<Value>().await? {
            let Some(list) = page.get_mut(field) else {
                continue;
            };
            let list: Vec<T> = serde_json::from_value(list.take()).map_err(|e| {
                Error::new(
                    &self.request,
                    ErrorKind::InvalidResponse(format!("{field}: {e}")),
                )
            })?;
            items.extend(list);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute;
    use crate::testing::{Scripted, SetClock, respond};

    async fn list(pages: &'static [&'static str]) -> (Result<Vec<u32>, Error>, Vec<String>) {
        let scripted = Scripted::new(move |n, _| respond(200, pages[n]));
        let client = scripted.client(&SetClock::new());
        let request = compute::ZONES.list("projects/p");
        let items = Pages::new(&client, request).all("items").await;
        let asked = scripted.seen();
        let asked = asked
            .iter()
            .map(|r| r.uri().query().unwrap_or("").to_owned());
        (items, asked.collect())
    }

    #[tokio::test]
    async fn pages_are_followed_to_an_end() {
        let (items, asked) = list(&[
            r#"{"items":[1,2],"nextPageToken":"a/b="}"#,
            r#"{"nextPageToken":"c"}"#,
            r#"{"items":[3],"nextPageToken":""}"#,
        ])
        .await;
        assert_eq!(items.expect("a list"), [1, 2, 3]);
        assert_eq!(asked, ["", "pageToken=a%2Fb%3D", "pageToken=c"]);
        assert!(list(&["{}"]).await.0.expect("a list").is_empty());
    }

    #[tokio::test]
    async fn a_repeated_token_and_a_wrong_item_are_errors() {
        const AGAIN: &str = r#"{"items":[1],"nextPageToken":"a"}"#;
        let (items, asked) = list(&[AGAIN, AGAIN]).await;
        assert!(items.expect_err("endless").to_string().contains("twice"));
        assert_eq!(asked.len(), 2);
        let wrong = list(&[r#"{"items":["x"]}"#]).await.0;
        assert!(wrong.expect_err("no number").to_string().contains("items"));
    }
}
