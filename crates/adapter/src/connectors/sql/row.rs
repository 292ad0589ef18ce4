//! What goes into a statement and what comes out: four kinds of value, so that both databases look the same.

/// A value for a place in a statement. Its kind is part of the statement, also where there is no value.
#[derive(Clone, PartialEq, Eq)]
pub enum Argument {
    /// Text in Unicode.
    Text(Option<String>),
    /// Bytes: text in a code page, before the statement says which column it is for.
    Bytes(Option<Vec<u8>>),
    /// A whole number.
    Integer(Option<i64>),
}

impl std::fmt::Debug for Argument {
    /// Arguments are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(***)",
            Self::Bytes(_) => "Bytes(***)",
            Self::Integer(_) => "Integer(***)",
        })
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Vec<u8>> for Argument {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    /// Text in Unicode.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A whole number.
    Integer(i64),
    /// Of a type that is not read here: let the statement cast it to one that is.
    Other(String),
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

/// A column is not what was agreed. Quotes nothing from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} {what}")]
pub struct ColumnError {
    /// Position, from 1.
    pub column: usize,
    /// What is wrong with it.
    pub what: String,
}

impl Row {
    /// The text at this position, from 0.
    ///
    /// # Errors
    /// There is no such column, or it holds something else.
    pub fn text(&self, index: usize) -> Result<Option<&str>, ColumnError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(unexpected(index, "text", other)),
        }
    }

    /// The bytes at this position, from 0.
    ///
    /// # Errors
    /// There is no such column, or it holds something else.
    pub fn bytes(&self, index: usize) -> Result<Option<&[u8]>, ColumnError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(index, "bytes", other)),
        }
    }

    /// The number at this position, from 0.
    ///
    /// # Errors
    /// There is no such column, or it holds something else.
    pub fn integer(&self, index: usize) -> Result<Option<i64>, ColumnError> {
        match self.value(index)? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(*number)),
            other => Err(unexpected(index, "a whole number", other)),
        }
    }

    fn value(&self, index: usize) -> Result<&Value, ColumnError> {
        self.0.get(index).ok_or(ColumnError { column: index + 1, what: "is missing".into() })
    }
}

fn unexpected(index: usize, wanted: &str, found: &Value) -> ColumnError {
    let found = match found {
        Value::Null => "nothing",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Integer(_) => "a whole number",
        Value::Other(name) => name,
    };
    ColumnError { column: index + 1, what: format!("holds {found} where {wanted} was agreed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_not_as_agreed_is_named_and_not_quoted() {
        let row = Row(vec![Value::Text("سر".into()), Value::Integer(7), Value::Null, Value::Other("NUMERIC".into())]);
        assert_eq!((row.text(0), row.integer(1), row.bytes(2)), (Ok(Some("سر")), Ok(Some(7)), Ok(None)));
        let said = row.integer(0).unwrap_err().to_string();
        assert_eq!(said, "column 1 holds text where a whole number was agreed");
        assert_eq!(row.text(3).unwrap_err().to_string(), "column 4 holds NUMERIC where text was agreed");
        assert_eq!(row.text(4).unwrap_err().to_string(), "column 5 is missing");
        assert!(!format!("{:?}", Argument::from("سر")).contains("سر"));
    }
}
