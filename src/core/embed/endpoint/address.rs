//! The address of an endpoint, as it is configured and as it is called.

use super::EmbedError;

/// An address that can be called and shown: it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// Takes a server (`http://localhost:11434`), its `/v1`, or the whole path to `…/embeddings`.
    ///
    /// # Errors
    /// Refuses what is no such address, what this build can't speak, and what carries a name, a password or a query.
    pub(super) fn parse(url: &str) -> Result<Self, EmbedError> {
        let shown = || url.chars().take_while(|c| !matches!(c, '@' | '?' | '#')).take(200).collect::<String>();
        let refuse = |what| Err(EmbedError::Url { url: shown(), what });
        let Some((scheme, rest)) = url.split_once("://") else {
            return refuse("has no scheme, write http://HOST:PORT or https://HOST");
        };
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        if url.contains(['@', '?', '#']) {
            // What might be a password must not be shown either.
            return Err(EmbedError::Url {
                url: format!("{scheme}://…"),
                what: "must not carry a name, a password, a query or a fragment; a key goes into CAIRN_EMBEDDER_KEY",
            });
        }
        match scheme {
            "http" => {}
            "https" if cfg!(feature = "https") => {}
            "https" => {
                return refuse(
                    "this build speaks plain http only, install one with `cargo install cairn --features https`",
                );
            }
            _ => return refuse("is neither http nor https"),
        }
        if host.is_empty() || url.contains(char::is_whitespace) {
            return refuse("names no host, write http://HOST:PORT");
        }
        let path = path.trim_end_matches('/');
        let path = match path {
            "" => "v1/embeddings".to_owned(),
            whole if whole.ends_with("embeddings") => whole.to_owned(),
            base => format!("{base}/embeddings"),
        };
        Ok(Self(format!("{scheme}://{host}/{path}")))
    }

    /// The whole address.
    pub(super) fn url(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_may_be_a_server_its_base_or_the_whole_path() {
        for (given, called) in [
            ("http://localhost:11434", "http://localhost:11434/v1/embeddings"),
            ("http://localhost:11434/", "http://localhost:11434/v1/embeddings"),
            ("http://[::1]:8000/v1", "http://[::1]:8000/v1/embeddings"),
            ("http://tei.example.com/embeddings", "http://tei.example.com/embeddings"),
            ("http://x.example.com/deep/v1/", "http://x.example.com/deep/v1/embeddings"),
        ] {
            assert_eq!(Address::parse(given).unwrap().url(), called);
        }
    }

    #[test]
    fn an_address_with_a_secret_in_it_is_refused_and_not_repeated() {
        for url in ["http://ada:hunter2@localhost/v1", "http://localhost/v1?key=hunter2", "http://localhost/#hunter2"] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains("ada"), "{error}");
            assert!(error.contains("CAIRN_EMBEDDER_KEY"), "{error}");
        }
        for (url, why) in [("localhost:11434", "scheme"), ("ftp://x", "neither"), ("http:///v1", "no host")] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn an_encrypted_address_is_taken_or_the_build_that_takes_it_is_named() {
        match Address::parse("https://api.example.com/v1") {
            Ok(address) => assert_eq!(address.url(), "https://api.example.com/v1/embeddings"),
            Err(error) => assert!(!cfg!(feature = "https") && error.to_string().contains("--features https")),
        }
    }
}
