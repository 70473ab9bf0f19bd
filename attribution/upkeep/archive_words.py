"""What stands in an archive beside its files, for whoever opens it years later."""

README = """{title}：存档
活动编号 {id}，{at} 由 {origin} 做成。

里面有什么
  tables/         各张明细和进度表，CSV 和 XLSX 各一份。没有手机号，也没有尾号。
  snapshots/      每一期上报的数字原样（快照），和由它做成的文件的 SHA-256。
  proofs/         每个单位一份凭证：它的每一行，和这些行都在公开日志里的证明。
  log/            公开日志：最后的检查点、早先的全部检查点、全部瓦片。
  campaign/       活动的设置和单位表。
  keys/log.pub    核验签名用的公开密钥。
  verify.py       核验一份凭证（proofs/ 里的）。
  archive_check.py  核验整个存档。
  manifest.json   每个文件的大小和 SHA-256。

怎样核验
  装了 Python 3.8 以上的任何电脑都可以，不上网，不装别的：
    python3 archive_check.py .                      在这个文件夹里
    python3 archive_check.py {name}.zip             没有解开时
    python3 archive_check.py . --key 密钥.txt         用您手里纸质密钥单上的密钥
  最后一行说“相符”就是一字未改：每个文件和清单一致，日志前后衔接，
  每个单位的每一行都在日志里，逐日的条数对得上。
  用 keys/log.pub 核验只说明存档前后一致；要说明是县里签的，用 --key 和纸质密钥单。

里面没有什么
  登记过的人是谁，这里查不到；活动结束后县里的系统里也查不到。
"""
