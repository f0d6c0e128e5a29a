select contract_id, amount as refunded from {{ source('billing', 'refunds') }}
