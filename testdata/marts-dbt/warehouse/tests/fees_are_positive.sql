select contract_id, monthly_fee
from {{ ref('stg_contracts') }}
where monthly_fee < 0
