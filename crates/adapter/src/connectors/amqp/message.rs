//! Text messages: bytes in a named charset within an AMQP message, strictly in both directions. Pure.

use std::time::Duration;

use fe2o3_amqp::types::messaging::{Body, Data, Header, Message, MessageId, Properties};
use fe2o3_amqp::types::primitives::{Binary, Symbol, Value};

use crate::connectors::charset::{CodePage, NotHeld, looks_like_utf8};

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// A single-byte page.
    Page(CodePage),
}

/// No charset is known under this label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no charset is known as {0:?}")]
pub struct UnknownCharset(pub String);

impl Charset {
    /// The charset under a label, whatever its case: `utf-8`, `windows-1256` and others.
    ///
    /// # Errors
    /// [`UnknownCharset`].
    pub fn of(label: &str) -> Result<Self, UnknownCharset> {
        if label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("utf8") {
            return Ok(Self::Utf8);
        }
        CodePage::of(label).map(Self::Page).map_err(|_| UnknownCharset(label.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Page(page) => page.name(),
        }
    }

    /// Text to bytes.
    ///
    /// # Errors
    /// [`NotHeld`], naming the first character that the charset does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, NotHeld> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Page(page) => page.encode(text),
        }
    }

    /// Bytes to text; what is UTF-8 under another name is not taken for text, as it would be mojibake.
    ///
    /// # Errors
    /// Why it is no text in this charset; quotes nothing from it.
    pub fn decode(self, bytes: &[u8]) -> Result<String, String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes)
                .map(str::to_owned)
                .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to())),
            Self::Page(_) if looks_like_utf8(bytes) => Err(format!("it is UTF-8 and not {}", self.name())),
            Self::Page(page) => page.decode(bytes).map_err(|error| error.to_string()),
        }
    }
}

/// A text with what AMQP carries beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMessage {
    /// The text.
    pub text: String,
    /// Names this message.
    pub message_id: String,
    /// What it is about: for an answer, the question's.
    pub correlation_id: Option<String>,
    /// The queue at which an answer is expected.
    pub reply_to: Option<String>,
    /// What kind of message it is.
    pub subject: Option<String>,
    /// After so long the broker may drop it.
    pub time_to_live: Option<Duration>,
}

impl TextMessage {
    /// As it is sent: durable, one data section, its charset in the content type.
    pub(super) fn encoded(&self, charset: Charset) -> Result<Message<Data>, NotHeld> {
        let header = Header {
            durable: true,
            ttl: self.time_to_live.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
            ..Header::default()
        };
        let properties = Properties {
            message_id: Some(MessageId::String(self.message_id.clone())),
            correlation_id: self.correlation_id.clone().map(MessageId::String),
            reply_to: self.reply_to.clone(),
            subject: self.subject.clone(),
            content_type: Some(Symbol::from(format!("text/plain; charset={}", charset.name()))),
            ..Properties::default()
        };
        let body = Data(Binary::from(charset.encode(&self.text)?));
        Ok(Message::builder().header(header).properties(properties).data(body).build())
    }
}

/// A message that holds no text that can be read. The text says why and quotes nothing from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A message as it came. It stays the broker's until it is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The text.
    pub text: Result<String, Unreadable>,
    /// As its sender named it; empty if it did not.
    pub message_id: String,
    /// What it is about; empty if it does not say.
    pub correlation_id: String,
    /// Whether somebody may have had it before.
    pub redelivered: bool,
    /// Deliveries that the broker knows to have failed; some brokers do not count them.
    pub failed_deliveries: u32,
}

impl Received {
    pub(super) fn of(message: &Message<Body<Value>>, charset: Charset, max_text_bytes: usize) -> Self {
        let header = message.header.as_ref();
        let properties = message.properties.as_ref();
        let named = |id: Option<&MessageId>| id.map(id_text).unwrap_or_default();
        let content_type = properties.and_then(|properties| properties.content_type.as_ref());
        let failed_deliveries = header.map_or(0, |header| header.delivery_count);
        Self {
            text: text(&message.body, content_type.map(|symbol| symbol.0.as_str()), charset, max_text_bytes),
            message_id: named(properties.and_then(|properties| properties.message_id.as_ref())),
            correlation_id: named(properties.and_then(|properties| properties.correlation_id.as_ref())),
            // A header that says nothing says that somebody may have had it: no proof of the contrary.
            redelivered: failed_deliveries > 0 || header.is_some_and(|header| !header.first_acquirer),
            failed_deliveries,
        }
    }

    /// One that is no AMQP message at all.
    pub(super) fn undecodable() -> Self {
        Self {
            text: Err(Unreadable("it is no well-formed AMQP message".to_owned())),
            message_id: String::new(),
            correlation_id: String::new(),
            redelivered: true,
            failed_deliveries: 0,
        }
    }
}

fn id_text(id: &MessageId) -> String {
    match id {
        MessageId::String(text) => text.clone(),
        MessageId::Ulong(number) => number.to_string(),
        MessageId::Uuid(uuid) => uuid.as_inner().iter().map(|byte| format!("{byte:02x}")).collect(),
        MessageId::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn text(
    body: &Body<Value>,
    content_type: Option<&str>,
    charset: Charset,
    max_text_bytes: usize,
) -> Result<String, Unreadable> {
    let joined: Vec<u8>;
    let bytes: &[u8] = match body {
        Body::Data(parts) => {
            joined = parts.iter().flat_map(|part| part.0.iter().copied()).collect();
            &joined
        }
        Body::Value(value) => match &value.0 {
            // Already text: the charset was the sender's library's business.
            Value::String(text) if text.len() <= max_text_bytes => return Ok(text.clone()),
            Value::String(text) => text.as_bytes(),
            Value::Binary(bytes) => bytes,
            _ => return Err(Unreadable("its body is no text".to_owned())),
        },
        Body::Sequence(_) | Body::Empty => return Err(Unreadable("its body is no text".to_owned())),
    };
    if bytes.len() > max_text_bytes {
        return Err(Unreadable(format!("its text of {} bytes is larger than {max_text_bytes}", bytes.len())));
    }
    let charset = match content_type.and_then(named_charset) {
        Some(label) => Charset::of(label).map_err(|error| Unreadable(error.to_string()))?,
        None => charset,
    };
    charset.decode(bytes).map_err(Unreadable)
}

/// The charset that a content type names (RFC 9110, section 8.3).
fn named_charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
